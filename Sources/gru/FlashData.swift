import ModelFiles

/// Data that a header brings to a device beside its model: 4 MiB of int16, more than the flash of
/// most has room for.
enum FlashData {
  private static let largestCount = 1 << 21

  /// - Throws: `InputError` where steps of the data at `path` are too many for a header.
  static func check(steps: Int, numbersPerStep: Int, of path: String) throws(InputError) {
    let count = steps * numbersPerStep
    guard count <= largestCount else {
      throw InputError(
        path, "\(steps) steps take \(count) numbers in a header, expected at most \(largestCount)",
        notes: ["hint: --steps takes fewer"])
    }
  }
}
