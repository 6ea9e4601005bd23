"""Which networks synthetic_networks.py trains."""

import dataclasses

CALIBRATION_STEPS = 2400


@dataclasses.dataclass
class Task:
    """What to learn, from what, and with which network."""

    name: str
    inputs: int
    hidden: list[int]  # of each cell of the stack
    outputs: int
    reset: str  # "after" or "before"
    goal: str  # a key of GOALS
    signal: str  # a key of SIGNALS
    candidate: str = "tanh"  # or "relu"
    iterations: int = 400
    calibration_steps: int = CALIBRATION_STEPS
    is_stream: bool = False  # whether calibration and inputs are one long sequence each
    has_bias: bool = True  # of the cells; otherwise theirs are zero

    @property
    def reads_tokens(self) -> bool:
        return self.signal == "tokens"


@dataclasses.dataclass
class Set:
    """Networks that share a seed."""

    seed: int
    tasks: list[Task]


SETS = {
    "development": Set(1, [
        Task("sum6x24", 6, [24], 4, "after", "sum", "smooth"),
        Task("predict12x40", 12, [40], 4, "after", "predict", "smooth"),
        Task("stream3x20", 3, [20], 3, "after", "delay", "smooth", is_stream=True),
        Task("bursts16x64", 16, [64], 4, "after", "sum", "bursts", iterations=300),
        Task("white8x32", 8, [32], 4, "after", "delay", "white"),
        Task("maximum4x16", 4, [16], 4, "before", "maximum", "smooth"),
        Task("delay10x48", 10, [48], 4, "before", "delay", "smooth"),
        # Barely trained, on inputs that are nearly white: little for rounding to make use of.
        Task(
            "chaos64x128", 64, [128], 8, "after", "predict", "chaos", iterations=80,
            calibration_steps=10_000,
        ),
        # Little calibration data for what has to be known from it.
        Task("short9x30", 9, [30], 3, "after", "sum", "smooth", calibration_steps=480),
        Task("short5x26relu", 5, [26], 3, "before", "maximum", "smooth", candidate="relu",
             calibration_steps=960),
        Task("maximum8x32relu", 8, [32], 4, "after", "maximum", "smooth", candidate="relu"),
        Task("delay6x28relu", 6, [28], 4, "before", "delay", "smooth", candidate="relu"),
        Task("stack7x20x28", 7, [20, 28], 3, "after", "predict", "smooth"),
        Task("tokens16x32", 16, [32], 4, "before", "delay", "tokens"),
    ]),
    "test": Set(2, [
        Task("stream4x18", 4, [18], 4, "after", "delay", "smooth", is_stream=True),
        Task("predict9x56", 9, [56], 3, "before", "predict", "smooth"),
        Task("maximum7x28relu", 7, [28], 4, "before", "maximum", "smooth", candidate="relu"),
        Task("delay10x20relu", 10, [20], 4, "after", "delay", "smooth", candidate="relu"),
        Task("tokens20x40", 20, [40], 4, "after", "delay", "tokens"),
        Task("stack6x24x16", 6, [24, 16], 4, "after", "sum", "smooth"),
        Task("stack8x20x20", 8, [20, 20], 4, "before", "delay", "bursts"),
        Task("bursts12x36", 12, [36], 4, "before", "sum", "bursts"),
        Task("white12x30", 12, [30], 4, "after", "delay", "white"),
        Task("chaos32x64", 32, [64], 4, "before", "predict", "chaos", iterations=150),
    ]),
    "fresh": Set(3, [
        Task(
            "white64x128", 64, [128], 8, "after", "delay", "white", iterations=80,
            calibration_steps=10_000,
        ),
        Task("chaos24x96", 24, [96], 6, "after", "predict", "chaos", iterations=150),
        Task("bursts20x32", 20, [32], 4, "after", "delay", "bursts"),
        Task("delay5x12", 5, [12], 3, "before", "delay", "smooth"),
        Task("maximum6x34relu", 6, [34], 4, "before", "maximum", "smooth", candidate="relu"),
        Task("maximum9x20", 9, [20], 5, "after", "maximum", "smooth"),
        Task("predict2x10", 2, [10], 2, "after", "predict", "smooth"),
        Task("short4x22", 4, [22], 2, "before", "sum", "smooth", calibration_steps=320),
        Task("short12x44", 12, [44], 4, "after", "predict", "smooth", calibration_steps=800),
        Task("stack5x16x32", 5, [16, 32], 3, "before", "sum", "smooth"),
        Task("stack10x28x12relu", 10, [28, 12], 4, "after", "delay", "smooth", candidate="relu"),
        Task("stream6x26", 6, [26], 4, "before", "sum", "smooth", is_stream=True),
        Task("sum3x72", 3, [72], 3, "after", "sum", "smooth"),
        Task("tokens12x24", 12, [24], 4, "after", "delay", "tokens"),
    ]),
    "unseen": Set(4, [
        Task("keywords20x48", 20, [48], 6, "after", "level", "spectra"),
        Task("keywords13x36", 13, [36], 4, "before", "level", "spectra", is_stream=True),
        Task("voice24x32relu", 24, [32], 8, "before", "delay", "spectra", candidate="relu"),
        Task("sensor6x20", 6, [20], 3, "after", "level", "sensor", is_stream=True),
        Task("sensor3x12", 3, [12], 3, "before", "sum", "sensor", calibration_steps=640),
        Task("sensor9x40nobias", 9, [40], 3, "after", "delay", "sensor", has_bias=False),
        Task("forecast1x16", 1, [16], 1, "after", "predict", "seasons"),
        Task("forecast4x32", 4, [32], 4, "before", "predict", "seasons", is_stream=True),
        Task("forecast7x28relu", 7, [28], 7, "after", "predict", "seasons", candidate="relu"),
        Task("bytes256x40", 256, [40], 8, "after", "delay", "tokens"),
        Task("peak5x30relu", 5, [30], 4, "before", "maximum", "smooth", candidate="relu"),
        Task("stack8x32x24", 8, [32, 24], 4, "after", "level", "sensor"),
        Task("stack12x24x24x16", 12, [24, 24, 16], 4, "before", "delay", "spectra"),
        Task("events10x26", 10, [26], 4, "after", "maximum", "bursts"),
        Task("noise6x18nobias", 6, [18], 3, "before", "delay", "white", has_bias=False),
        Task("large40x96", 40, [96], 8, "after", "predict", "spectra", iterations=200),
    ]),
    "fifth": Set(5, [
        Task("keywords16x56", 16, [56], 5, "before", "level", "spectra"),
        Task("voice18x28", 18, [28], 6, "after", "delay", "spectra", is_stream=True),
        Task("sensor4x24relu", 4, [24], 3, "after", "level", "sensor", candidate="relu"),
        Task("sensor7x14", 7, [14], 3, "before", "delay", "sensor", calibration_steps=560),
        Task("forecast2x20", 2, [20], 2, "before", "predict", "seasons"),
        Task("forecast5x36nobias", 5, [36], 5, "after", "predict", "seasons", has_bias=False),
        Task("bytes64x48", 64, [48], 6, "before", "delay", "tokens"),
        Task("bursts8x40", 8, [40], 4, "after", "sum", "bursts"),
        Task("events14x22relu", 14, [22], 4, "before", "maximum", "bursts", candidate="relu"),
        Task("chaos12x36", 12, [36], 4, "after", "predict", "chaos"),
        Task("delay7x30", 7, [30], 4, "after", "delay", "smooth", calibration_steps=800),
        Task("stream5x22", 5, [22], 3, "after", "sum", "smooth", is_stream=True),
        Task("maximum5x18", 5, [18], 3, "before", "maximum", "smooth"),
        Task("white5x20", 5, [20], 3, "after", "delay", "white"),
        Task("stack9x24x16", 9, [24, 16], 4, "before", "predict", "smooth"),
        Task("stack6x20x20x20", 6, [20, 20, 20], 3, "after", "level", "sensor"),
    ]),
    "sixth": Set(6, [
        Task("stream4x20sum", 4, [20], 3, "after", "sum", "smooth", is_stream=True),
        Task("stream8x24sum", 8, [24], 3, "before", "sum", "smooth", is_stream=True),
        Task("stream5x28sensor", 5, [28], 3, "after", "sum", "sensor", is_stream=True),
        Task("stream6x18white", 6, [18], 3, "after", "sum", "white", is_stream=True),
        Task("stream3x16maximum", 3, [16], 3, "before", "maximum", "smooth", is_stream=True),
        Task("stream9x30sensor", 9, [30], 3, "before", "level", "sensor", is_stream=True),
        Task("stream12x26", 12, [26], 4, "after", "predict", "chaos", is_stream=True),
        Task("stream10x32voice", 10, [32], 4, "before", "delay", "spectra", is_stream=True),
        Task("keywords15x44", 15, [44], 5, "after", "level", "spectra"),
        Task("forecast3x24relu", 3, [24], 3, "after", "predict", "seasons", candidate="relu"),
        Task("sensor5x16", 5, [16], 3, "after", "delay", "sensor", calibration_steps=480),
        Task("bytes40x36", 40, [36], 6, "after", "delay", "tokens"),
        Task("bursts9x28", 9, [28], 4, "before", "sum", "bursts"),
        Task("white7x24", 7, [24], 3, "before", "delay", "white"),
        Task("maximum8x26", 8, [26], 4, "after", "maximum", "smooth"),
        Task("stack7x22x18", 7, [22, 18], 3, "before", "sum", "smooth"),
    ]),
    "seventh": Set(7, [
        Task("stream5x24sum", 5, [24], 3, "before", "sum", "smooth", is_stream=True),
        Task("stream7x32sum", 7, [32], 4, "after", "sum", "smooth", is_stream=True),
        Task("stream4x22sensor", 4, [22], 3, "before", "sum", "sensor", is_stream=True),
        Task("stream8x26sensor", 8, [26], 4, "after", "delay", "sensor", is_stream=True),
        Task("stream9x20white", 9, [20], 3, "before", "sum", "white", is_stream=True),
        Task("stream6x30maximum", 6, [30], 3, "after", "maximum", "smooth", is_stream=True),
        Task("stream2x14", 2, [14], 2, "before", "predict", "seasons", is_stream=True),
        Task("stream16x40voice", 16, [40], 6, "after", "level", "spectra", is_stream=True),
        Task("keywords18x52", 18, [52], 6, "before", "level", "spectra"),
        Task("forecast6x18", 6, [18], 6, "after", "predict", "seasons"),
        Task("sensor8x26relu", 8, [26], 4, "before", "delay", "sensor", candidate="relu"),
        Task("bytes100x44", 100, [44], 6, "before", "delay", "tokens"),
        Task("bursts11x34", 11, [34], 4, "after", "delay", "bursts"),
        Task("white9x28", 9, [28], 4, "after", "delay", "white"),
        Task("maximum10x32relu", 10, [32], 4, "after", "maximum", "smooth", candidate="relu"),
        Task("stack8x24x20", 8, [24, 20], 4, "after", "predict", "chaos"),
    ]),
}
