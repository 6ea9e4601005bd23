"""What every linked image must keep: no allocator, and no trap that a step can reach."""

import re

from .image import STEP, Image
from .reach import Reach
from .wasm import WasmImage

ALLOCATORS = {
    "malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign",
    "swift_slowAlloc", "swift_allocObject",
}


def check(image: Image | WasmImage, start: re.Pattern = STEP) -> tuple[Reach, list[str]]:
    """What a step, or any function of such a name, leads to, and what breaks a promise."""
    failures = [
        f"allocator linked: {name}" for name in sorted(ALLOCATORS & image.function_names)
    ]
    roots = image.functions(start)
    if not roots:
        failures.append(f"no function found that matches {start.pattern}")
    found = image.reach(roots)
    return found, failures + found.failures
