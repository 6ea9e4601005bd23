import Foundation

/// Numbers as people read them, the same in every locale.
package enum NumberText {
  /// A few significant digits: "1,632", "0.0498", "6.3·10⁻⁴".
  package static func short(_ value: Double, digits: Int = 3) -> String {
    text(value, digits, of: trimmed)
  }

  /// The same with its zeros, for columns that are compared: "0.010", "8.0·10⁻⁴".
  package static func significant(_ value: Double, digits: Int) -> String {
    text(value, digits) { $0 }
  }

  /// - Parameter shape: what becomes of the digits that were asked for.
  private static func text(
    _ value: Double, _ digits: Int, of shape: (String) -> String
  ) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
    guard value != 0 else { return "0" }
    // Whole digits are not rounded away.
    if (pow(10, Double(digits))..<1e6).contains(abs(value)) {
      return count(Int(value.rounded()))
    }
    let rounded = Double(String(format: "%.*e", digits - 1, value))!
    let exponent = Int(floor(log10(abs(rounded))))
    guard (-3..<6).contains(exponent) else {
      let mantissa = String(format: "%.*f", digits - 1, rounded / pow(10, Double(exponent)))
      return signed("\(shape(mantissa))·\(power(exponent))")
    }
    return signed(grouped(shape(String(format: "%.*f", max(0, digits - 1 - exponent), rounded))))
  }

  /// A fixed number of digits after the point.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    let text = String(format: "%.*f", digits, value)
    // What rounds to zero has no sign.
    let isZero = !text.contains { $0.isNumber && $0 != "0" }
    return signed(grouped(isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text))
  }

  package static func count(_ value: Int) -> String { signed(grouped(String(value))) }

  /// 10ⁿ
  package static func power(_ exponent: Int) -> String { "10" + superscript(exponent) }

  package static func superscript(_ number: Int) -> String {
    String(String(number).map { $0 == "-" ? "⁻" : superscripts[$0.wholeNumberValue!] })
  }

  private static let superscripts = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")

  /// Without zeros at the end of a fraction.
  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var kept = text[...]
    while kept.last == "0" { kept.removeLast() }
    if kept.last == "." { kept.removeLast() }
    return String(kept)
  }

  private static func grouped(_ text: String) -> String {
    let digits = text.drop { $0 == "-" }.prefix { $0.isNumber }
    let parts = text.components(separatedBy: digits)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return parts[0] + result + text.dropFirst(parts[0].count + digits.count)
  }

  private static func signed(_ text: String) -> String {
    text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }
}
