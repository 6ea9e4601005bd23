"""What every linked image must keep: no allocator, and no trap that a step can reach."""

from .image import STEP, Image
from .reach import Reach
from .wasm import WasmImage

ALLOCATORS = {
    "malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign",
    "swift_slowAlloc", "swift_allocObject",
}


def check(image: Image | WasmImage) -> tuple[Reach, list[str]]:
    """What a step leads to, and what breaks a promise."""
    failures = [
        f"allocator linked: {name}" for name in sorted(ALLOCATORS & image.function_names)
    ]
    roots = image.functions(STEP)
    if not roots:
        failures.append("no step function found")
    found = image.reach(roots)
    return found, failures + found.failures
