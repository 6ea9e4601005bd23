import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import Charts
@testable import GRUHarness
@testable import GRUQuantizer
@testable import GRUReport

@Suite("Reports") struct ReportTests {
  private func validation(
    name: String = "kws", limits: Validation.Limits = .init()
  ) throws -> Validation {
    let network = RandomNetworks.network(inputs: 2, hidden: [4, 3], outputs: 3, seed: 1)
    let data = RandomNetworks.inputs(width: 2, steps: 400, seed: 2)
    let quantized = try Quantized.network(network, calibration: data, name: name)
    let comparison = try Comparison(network, quantized, over: data)
    var validation = Validation(of: comparison, quantized, limits: limits)
    validation.traces = try Traces(network, quantized, over: data, worstOf: comparison)
    validation.weights = WeightRange.ranges(network, quantized)
    validation.ablation = Ablation(network, quantized, over: data)
    return validation
  }

  private let hostile = "</style><script>alert(1)</script>|`*_\n# x"

  @Test("the verdict names each limit that is exceeded, with digits that tell it apart")
  func verdicts() throws {
    let plain = try validation()
    #expect(Verdict(plain).line.hasPrefix("pass: hidden SQNR "))
    #expect(Verdict(plain).line.hasSuffix("no limit was stated"))
    let sqnr = try #require(plain.layers.compactMap(\.hidden.sqnr).min())
    let above = Double(String(format: "%.6f", sqnr + 1e-4))!
    let failing = try Verdict(
      validation(limits: .init(maximumError: 1e-6, minimumSQNR: above)))
    #expect(!failing.passes)
    let clauses = failing.reason.components(separatedBy: "; ")
    #expect(clauses.count == 2 && clauses[0].hasSuffix(" is above --max-error 1e-06"))
    let found = try #require(clauses[1].firstMatch(of: /SQNR ([0-9.]+) dB is below/))
    #expect(try #require(Double(String(found.1))) < above)
    let within = try validation(limits: .init(minimumSQNR: 1))
    #expect(Verdict(within).line.hasSuffix("within every limit"))
  }

  @Test("shares are never rounded to all or to nothing")
  func shares() {
    #expect(Verdict.percent(1) == "100 %" && Verdict.percent(0) == "0 %")
    #expect(Verdict.percent(0.999_999) == "> 99.99 %" && Verdict.percent(1e-6) == "< 0.01 %")
    #expect(Verdict.percent(0.9568) == "95.68 %")
  }

  @Test("text from files is text in the page and in Markdown")
  func escaping() throws {
    var validation = try validation()
    validation.network.name = hostile
    validation.warnings = [hostile]
    validation.layers[0].name = hostile
    let page = ReportPage(validation, version: "1").html
    #expect(!page.contains("<script") && page.contains("&lt;script&gt;"))
    let front = [
      FrontPoint(flash: 1, sqnr: nil, maximum: 0, int16: [hostile], chosen: true)
    ]
    let text = MarkdownReport(validation, front: front, version: "1").text
    #expect(!text.contains("<script") && !text.contains("\n# x"))
    #expect(text.contains("\\|\\`\\*\\_ \\# x"))
  }

  @Test("every figure has its own id, and every cell its section")
  func structure() throws {
    let page = ReportPage(try validation(), version: "1").html
    let ids = page.matches(of: #/ id="([^"]+)"/#).map { String($0.1) }
    #expect(Set(ids).count == ids.count)
    #expect(ids.contains("layer-0") && ids.contains("layer-1") && !ids.contains("front"))
    #expect(page.count { $0 == "\u{0}" } == 0 && page.utf8.count < 200_000)
  }

  @Test("a network without error, and one of a single step, still make a page")
  func degenerate() throws {
    let network = RandomNetworks.network(inputs: 2, hidden: [4], seed: 1, weightRange: 0)
    for steps in [1, 3] {
      let data = RandomNetworks.inputs(width: 2, steps: steps, seed: 2)
      let quantized = try Quantized.network(network, calibration: data)
      let comparison = try Comparison(network, quantized, over: data)
      var validation = Validation(of: comparison, quantized)
      validation.traces = try Traces(network, quantized, over: data, worstOf: comparison)
      validation.ablation = Ablation(network, quantized, over: data)
      #expect(Verdict(validation).reason.contains("hidden SQNR exact"))
      let page = ReportPage(validation, version: "1").html
      #expect(page.contains("exact") && !page.contains("nan") && !page.contains("∞"))
    }
  }

  @Test("what a board answered is in the page and in the Markdown, with its first difference")
  func device() throws {
    var validation = try validation()
    var device = DeviceComparison(
      device: .init(port: "/dev/<tty>", model: "kws", board: "my|board", core: "m4", boot: 1))
    device.steps = 400
    device.cycles = .init(
      counter: "DWT CYCCNT", clock: 16_000_000, minimum: 160, median: 320, maximum: 480,
      unmeasured: 2)
    validation.device = device
    let page = ReportPage(validation, version: "1").html
    for text in [
      "device &#39;/dev/&lt;tty&gt;&#39;: my|board, m4",
      "equal: 400 steps, every hidden state and output",
      "min 160, median 320, max 480, by DWT CYCCNT", "at 16 MHz",
      "min 0.010, median 0.020, max 0.030 ms", "2 steps, too long for the counter",
      "0 retries, 0 damaged frames",
    ] { #expect(page.contains(text), "\(text)") }
    let markdown = MarkdownReport(validation, version: "1").text
    #expect(markdown.contains("**device &#39;/dev/&lt;tty&gt;&#39;: my\\|board, m4**\n\n- verdict"))
    #expect(markdown.contains("- verdict: equal: 400 steps, every hidden state and output\n"))

    device.difference = .init(
      sequence: 3, step: 7, value: .output, index: 1, device: -5, host: 6, count: 2)
    validation.device = device
    let difference = "different at step 7 of sequence 3: output 1 is -5, expected 6"
    #expect(ReportPage(validation, version: "1").html.contains(difference))
    #expect(MarkdownReport(validation, version: "1").text.contains(difference))
    validation.device = nil
    #expect(!ReportPage(validation, version: "1").html.contains("id=\"board\""))
  }

  @Test("names lose their layer where they are told apart without it")
  func names() {
    #expect(shortened(["layer 0, W reset", "layer 1, dense"]) == ["W reset", "dense"])
    #expect(
      shortened(["layer 0, W reset, row 3", "layer 1, W reset, row 4"])
        == ["0: W reset, row 3", "1: W reset, row 4"])
    #expect(shortened(["tables"]) == ["tables"])
  }

  @Test("Markdown, whole")
  func markdown() throws {
    var validation = try validation()
    validation.ablation = nil
    validation.warnings = []
    let text = MarkdownReport(
      validation,
      front: [
        .init(flash: 100, sqnr: 40, maximum: 0.01, int16: [], chosen: false),
        .init(flash: 1_200, sqnr: nil, maximum: 0, int16: ["layer 0, W"], chosen: true),
      ], version: "1.2"
    ).text
    let numbers = try Regex("[0-9]+(,[0-9]+)*(\\.[0-9]+)?(·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
    #expect(
      text.replacing(numbers, with: "0") == """
        ### ✅ Pass: kws

        hidden SQNR 0 dB, 0 % equal decisions, no limit was stated.

        |  | value |
        | --- | ---: |
        | equal decisions | 0 % |
        | output SQNR | 0 dB |
        | flash | 0 B + 0 B of tables |
        | RAM | 0 B of state + 0 B of scratch |

        | error of | SQNR, dB | RMS | largest | drift |
        | --- | ---: | ---: | ---: | ---: |
        | **gru\\_l0**, hidden state | 0 | 0 | 0 | 0 |
        | reset | 0 | 0 | 0 |  |
        | update | 0 | 0 | 0 |  |
        | candidate | 0 | 0 | 0 |  |
        | **gru\\_l0**, hidden state | 0 | 0 | 0 | 0 |
        | reset | 0 | 0 | 0 |  |
        | update | 0 | 0 | 0 |  |
        | candidate | 0 | 0 | 0 |  |

        <details><summary>What flash buys, before tuning</summary>

        | bytes | SQNR, dB | in int0 |
        | --- | ---: | ---: |
        | 0 | 0 | none |
        | **0** | exact | layer 0, W |

        </details>

        <sub>0 steps in 0 sequence, gru 0</sub>

        """)
  }
}
