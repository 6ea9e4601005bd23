// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "gru",
  products: [
    .executable(name: "gru", targets: ["gru"]),
    .library(name: "GRURuntime", targets: ["GRURuntime", "FixedPoint", "CGRU"]),
    .library(name: "DeviceProtocol", targets: ["DeviceProtocol"]),
    .library(name: "LiveDisplay", targets: ["LiveDisplay"]),
  ],
  targets: [
    // The runtime: compiles as Embedded Swift, allocates nothing, imports nothing but itself.
    .target(name: "CGRU"),
    .target(name: "FixedPoint", dependencies: ["CGRU"]),
    .target(name: "GRURuntime", dependencies: ["CGRU", "FixedPoint"]),
    .target(name: "DeviceProtocol", dependencies: ["CGRU", "FixedPoint", "GRURuntime"]),
    .target(name: "LiveDisplay", dependencies: ["CGRU", "GRURuntime"]),

    // The host tools: each imports only targets above it.
    .target(name: "ModelFiles"),
    .target(name: "FloatGRU", dependencies: ["ModelFiles"]),
    .target(name: "GRUQuantizer", dependencies: ["CGRU", "FixedPoint", "FloatGRU", "ModelFiles"]),
    .target(
      name: "GRUHarness",
      dependencies: [
        "CGRU", "DeviceProtocol", "FixedPoint", "FloatGRU", "GRUQuantizer", "GRURuntime",
        "LiveDisplay", "ModelFiles",
      ]),
    .target(
      name: "GRUSearch",
      dependencies: ["FloatGRU", "GRUHarness", "GRUQuantizer", "GRURuntime", "ModelFiles"]),
    // Pictures: knows nothing of networks.
    .target(name: "Charts"),
    .target(
      name: "GRUReport", dependencies: ["Charts", "GRUHarness", "GRUQuantizer", "ModelFiles"]),
    .executableTarget(
      name: "gru",
      dependencies: [
        "CGRU", "FloatGRU", "GRUHarness", "GRUQuantizer", "GRUReport", "GRUSearch", "ModelFiles",
      ],
      resources: [.embedInCode("Schemas/quantize.json"), .embedInCode("Schemas/validate.json")]),

    .target(
      name: "TestSupport",
      dependencies: [
        "CGRU", "DeviceProtocol", "FloatGRU", "GRUHarness", "GRUQuantizer", "GRURuntime",
        "ModelFiles",
      ],
      path: "Tests/TestSupport"),
    .executableTarget(
      name: "ReadTensors", dependencies: ["ModelFiles"], path: "Tests/ReadTensors"),
    .testTarget(name: "FixedPointTests", dependencies: ["CGRU", "FixedPoint", "TestSupport"]),
    .testTarget(
      name: "GRURuntimeTests",
      dependencies: [
        "CGRU", "FixedPoint", "FloatGRU", "GRUHarness", "GRUQuantizer", "GRURuntime", "ModelFiles",
        "TestSupport",
      ]),
    .testTarget(
      name: "DeviceProtocolTests",
      dependencies: ["CGRU", "DeviceProtocol", "GRUHarness", "GRURuntime", "TestSupport"]),
    .testTarget(
      name: "LiveDisplayTests",
      dependencies: [
        "CGRU", "GRUHarness", "GRUQuantizer", "GRURuntime", "LiveDisplay", "ModelFiles",
        "TestSupport",
      ]),
    .testTarget(name: "ModelFilesTests", dependencies: ["ModelFiles", "TestSupport"]),
    .testTarget(name: "FloatGRUTests", dependencies: ["FloatGRU", "TestSupport"]),
    .testTarget(
      name: "GRUQuantizerTests",
      dependencies: ["FloatGRU", "GRUQuantizer", "ModelFiles", "TestSupport"]),
    .testTarget(
      name: "GRUHarnessTests",
      dependencies: [
        "CGRU", "DeviceProtocol", "FixedPoint", "FloatGRU", "GRUHarness", "GRUQuantizer",
        "GRUSearch", "ModelFiles", "TestSupport",
      ]),
    .testTarget(
      name: "GRUSearchTests",
      dependencies: [
        "FloatGRU", "GRUHarness", "GRUQuantizer", "GRUSearch", "ModelFiles", "TestSupport",
      ]),
    .testTarget(name: "ChartsTests", dependencies: ["Charts"]),
    .testTarget(
      name: "GRUReportTests",
      dependencies: [
        "Charts", "FloatGRU", "GRUHarness", "GRUQuantizer", "GRUReport", "ModelFiles",
        "TestSupport",
      ]),
    .testTarget(
      name: "gruTests", dependencies: ["GRUHarness", "ModelFiles", "TestSupport", "gru"]),
  ]
)

// Fuzzing has libFuzzer's main function, with which only Tools/fuzz links it.
if Context.environment["GRU_FUZZ"] != nil {
  package.targets += [
    .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
    .executableTarget(
      name: "Fuzzing",
      dependencies: [
        "CGRU", "CLibFuzzer", "GRUHarness", "GRUQuantizer", "ModelFiles", "TestSupport",
      ],
      path: "Tests/Fuzzing", exclude: ["CLibFuzzer", "Found"]),
  ]
}

let embedded: Set = ["DeviceProtocol", "FixedPoint", "GRURuntime", "LiveDisplay"]

for target in package.targets where !["CGRU", "CLibFuzzer"].contains(target.name) {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
  if embedded.contains(target.name) {
    target.swiftSettings! += [
      .strictMemorySafety(),
      .treatWarning("EmbeddedRestrictions", as: .error),
    ]
  }
}
