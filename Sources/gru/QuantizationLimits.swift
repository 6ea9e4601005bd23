import Foundation
import GRUQuantizer
import GRUSearch

extension Quantize {
  /// What the user allows.
  struct Limits {
    var error: Double?
    var sqnr: Double?
    var flash: Int?

    var exist: Bool { boundAccuracy || flash != nil }
    var boundAccuracy: Bool { error != nil || sqnr != nil }

    func accept(_ choice: Choice) -> Bool {
      choice.largestError <= error ?? .infinity && choice.sqnr >= sqnr ?? -.infinity
        && choice.network.constantSize <= flash ?? .max
    }

    /// Tuning and carries have brought up to this many dB.
    private static let reserve = 12.0

    func mayAccept(_ mixture: Search.Mixture) -> Bool {
      mixture.largestError <= (error ?? .infinity) * pow(10, Self.reserve / 20)
        && mixture.sqnr >= (sqnr ?? -.infinity) - Self.reserve && mixture.flash <= flash ?? .max
    }

    func complaint(_ choice: Choice) -> String {
      var lines = ["error: no allowed weights meet the limit; nothing was written"]
      lines.append(
        "note: \(choice.network.constantSize) bytes have "
          + String(format: "a largest error of %.2e and %.1f dB", choice.largestError, choice.sqnr))
      lines += choice.mixtures.map {
        String(
          format: "note: %d bytes have %.1f dB before they are tuned", $0.flash, $0.sqnr)
      }
      return lines.joined(separator: "\n")
    }
  }
}
