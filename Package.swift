// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A C library of the system: a module map and a shim.h, owned by exactly one Swift module.
func systemLibrary(_ name: String, pkgConfig: String, apt package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

func module(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ module: String, _ more: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: module + "Tests", dependencies: [.byName(name: module)] + more, swiftSettings: strict)
}

let package = Package(
    name: "herald",
    products: [.executable(name: "herald", targets: ["herald"])],
    targets: [
        systemLibrary("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
        systemLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        systemLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
        systemLibrary("CMicroHTTP", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        systemLibrary("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
        systemLibrary("COpenSSLTLS", pkgConfig: "libssl", apt: "libssl-dev"),
        systemLibrary("CIDN", pkgConfig: "libidn2", apt: "libidn2-dev"),
        systemLibrary("CXLSX", pkgConfig: "xlsxwriter", apt: "libxlsxwriter-dev"),
        .systemLibrary(name: "CPosix"),

        // The SQL migrations, embedded.
        .target(name: "CMigrations", exclude: ["sql"]),
        // The API's document, embedded.
        .target(name: "COpenAPI", exclude: ["openapi.json"]),

        // Who imports whom: docs/design.md. Nothing points upward.
        .target(name: "CPhoneTable", exclude: ["phone_table.bin"]),
        module("Crypto", ["COpenSSL"]),
        module("Metrics", []),
        module("Domain", ["CIDN", "CPhoneTable"]),
        module("Storage", ["Domain", "Crypto", "CMigrations", "CPostgres", "COpenSSL", "CZstd", "CPosix"]),
        module("Ingest", ["Domain", "Storage", "CZlib"]),
        module("Senders", ["Domain", "Crypto", "CCurl", "COpenSSLTLS"]),
        module("Jobs", ["Domain", "Metrics", "Storage", "Ingest", "Senders"]),
        module("Reports", ["Domain", "Crypto", "Storage", "CXLSX", "CZlib", "CPosix"]),
        module("HTTPServer", ["CMicroHTTP", "CZlib", "Crypto"]),
        module(
            "Gateway",
            [
                "Domain", "Metrics", "Crypto", "Storage", "Ingest", "Senders", "Jobs", "Reports", "HTTPServer",
                "COpenAPI",
            ]),
        module("Sandbox", ["Domain", "HTTPServer", "Senders"]),
        .executableTarget(
            name: "herald",
            dependencies: [
                "Domain", "Metrics", "Crypto", "Storage", "Ingest", "Senders", "Jobs", "Reports", "HTTPServer",
                "Gateway",
                "Sandbox", "CPosix",
            ],
            swiftSettings: strict),

        // What scripts/bench measures inside a process.
        .executableTarget(
            name: "herald-bench", dependencies: ["Domain", "Jobs", "Senders", "Storage"],
            path: "Benchmarks/Sources/herald-bench",
            swiftSettings: strict),

        // Hands a fresh database to each test of the targets below.
        .target(
            name: "TestDatabase", dependencies: ["Storage", "CPosix", "TestSupport"], path: "Tests/TestDatabase",
            swiftSettings: strict),
        // What tests of several modules need besides.
        .target(
            name: "TestSupport", dependencies: ["Domain", "Senders", "CPosix"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("Crypto", ["Domain", "TestSupport"]),
        tests("Metrics", ["Domain", "TestSupport"]),
        tests("Domain", ["TestSupport"]),
        tests("Storage", ["Domain", "TestDatabase", "TestSupport"]),
        tests("Ingest", ["Domain", "Storage", "TestSupport"]),
        tests("Senders", ["Domain", "Crypto", "TestSupport"]),
        tests(
            "Jobs",
            ["Domain", "Metrics", "Storage", "Ingest", "Senders", "Reports", "TestDatabase", "TestSupport"]),
        tests("Reports", ["Domain", "Crypto", "Storage", "TestDatabase", "TestSupport"]),
        tests("HTTPServer", ["Crypto"]),
        tests(
            "Gateway",
            [
                "Domain", "Metrics", "Crypto", "Storage", "Senders", "Jobs", "HTTPServer", "TestDatabase",
                "TestSupport",
            ]),
        // Runs the built binary as its users do.
        .testTarget(
            name: "HeraldTests", dependencies: ["herald", "Domain", "Storage", "TestDatabase", "TestSupport"],
            swiftSettings: strict),
        tests("Sandbox", ["Domain", "HTTPServer", "Senders", "TestSupport"]),
    ]
)
