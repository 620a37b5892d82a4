// A small tree of authorities for the tests of TLS, on P-256, valid from 2024 to 2044; it protects nothing.
//   root → between → server (api.example, 127.0.0.1, ::1), revoked (api.example), client; root → wild (*.wild.example);
//   stranger stands alone.
#pragma once

#include <string_view>

namespace gatelet::test::tls {

inline constexpr std::string_view root_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBNzCB3qADAgECAgEBMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCFRMUyBSb290\n"
    "MB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowEzERMA8GA1UEAwwIVExT\n"
    "IFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATyjs5IdjeRpduUApqWcbon\n"
    "k88ju04rIvbZHIahcs4M1fS6USPsKAOytCYdUqGEP4+dGF+YPKmfEyLzdNVDscKU\n"
    "oyMwITAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQD\n"
    "AgNIADBFAiAsvcHIRri4P7b1Q9pWMa/B/ga15Etx4Nm5mBd3Hx68UQIhAIhRSAAK\n"
    "jOPENNxpqh4F/W+VQ02KZ47nccvPa2kOEg1T\n"
    "-----END CERTIFICATE-----\n";
inline constexpr std::string_view between_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBOTCB4aADAgECAgECMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCFRMUyBSb290\n"
    "MB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowFjEUMBIGA1UEAwwLVExT\n"
    "IEJldHdlZW4wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARBG1RLhgiwZjiAEUzU\n"
    "W098kH86y1LE0JymuAlVgOD3uWiUeAiwhKmeXn7m2wlRlHEUYLF/2vh7uqVM3ByW\n"
    "zLIXoyMwITAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjO\n"
    "PQQDAgNHADBEAiASP7CszJNnvR/zauaZUt2/CdxHVg/UNyvt8zT7RuUrqwIgXTeP\n"
    "oMLJ8vvp/9Osw4W/1ufqLjxH3s8vqSOrJ8Ecprw=\n"
    "-----END CERTIFICATE-----\n";
inline constexpr std::string_view server_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBTDCB86ADAgECAgEDMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC1RMUyBCZXR3\n"
    "ZWVuMB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowFjEUMBIGA1UEAwwL\n"
    "YXBpLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQHS1tcJxnOAiBk\n"
    "6vhhH5NxvKo0dtOp/8ymc21Uoy1ruoCetPj9bCvepRTJ7VVOe0xJ1+jwtM9eanle\n"
    "oOHzjHC7ozIwMDAuBgNVHREEJzAlggthcGkuZXhhbXBsZYcEfwAAAYcQAAAAAAAA\n"
    "AAAAAAAAAAAAATAKBggqhkjOPQQDAgNIADBFAiEA235bO0BQABuoo8bYFlgLI3fa\n"
    "n/YlKay0QifzgC5RQEECIFbM5KPv0WTdgtZcAiLDisZALnjXxHkI8BO52t5sDdwD\n"
    "-----END CERTIFICATE-----\n";
inline constexpr std::string_view wild_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBLTCB1KADAgECAgEEMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCFRMUyBSb290\n"
    "MB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowDzENMAsGA1UEAwwEd2ls\n"
    "ZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDmYYfHdZZjdMpuE+2s80fHaldlV\n"
    "30RXJa2LaPjwOyjVMbjlhsalIKWCRi4+qIyftkcnzL5/1u7s4aSQAhkWFbyjHTAb\n"
    "MBkGA1UdEQQSMBCCDioud2lsZC5leGFtcGxlMAoGCCqGSM49BAMCA0gAMEUCIQC3\n"
    "Es2h6fxba4TRD9eVWvHfw3vuK0xOMpnqYwp11JO90wIgY+pm3lfdZKHtWnJIOamF\n"
    "22SVuIa3XI9sU/9wdBfM7pM=\n"
    "-----END CERTIFICATE-----\n";
inline constexpr std::string_view revoked_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBMTCB16ADAgECAgEFMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC1RMUyBCZXR3\n"
    "ZWVuMB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowEjEQMA4GA1UEAwwH\n"
    "cmV2b2tlZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABK/nM2lVgdBbmaJIKu6F\n"
    "UlZZqWaHBU1rsC5FoYuUYJrvO9Fe6j8sA1P4bCLLQrP6QrClVfu/C+zZDIVyVhsh\n"
    "T6ejGjAYMBYGA1UdEQQPMA2CC2FwaS5leGFtcGxlMAoGCCqGSM49BAMCA0kAMEYC\n"
    "IQC2kReu7/ikeeKar+Rd78/tU2ovz/VUfE9TX7FeASgS0wIhAOGcZoElNChXxsNv\n"
    "Zc3+wpvLqYSNJyt3AByvwCuYKlO9\n"
    "-----END CERTIFICATE-----\n";
inline constexpr std::string_view client_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBRDCB6qADAgECAgEGMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC1RMUyBCZXR3\n"
    "ZWVuMB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowKDEUMBIGA1UEAwwL\n"
    "c29tZSBjbGllbnQxEDAOBgNVBAoMB0NsaWVudHMwWTATBgcqhkjOPQIBBggqhkjO\n"
    "PQMBBwNCAAQXNc/yx3GTD+iTiCWCNFKcc8EBK/5wwz1nzu8+MVaOOOJt5ZwfJeX4\n"
    "CZ6clErE/sDFNVKzCNfwMwLN0JTz+lJYoxcwFTATBgNVHSUEDDAKBggrBgEFBQcD\n"
    "AjAKBggqhkjOPQQDAgNJADBGAiEA22PwDizlCeW5kE8V1yTtNNz/dv3Op67y9K+R\n"
    "YbZPmAkCIQDL3o9SUxy3iqJQkjZuKDKgJzAtKu3/oPbjCmFI3FZqYg==\n"
    "-----END CERTIFICATE-----\n";
inline constexpr std::string_view stranger_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBLjCB1aADAgECAgEHMAoGCCqGSM49BAMCMBMxETAPBgNVBAMMCHN0cmFuZ2Vy\n"
    "MB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowEzERMA8GA1UEAwwIc3Ry\n"
    "YW5nZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQXOH215OKZD5MvDi1sjmZz\n"
    "dj8oDlR8vjR6qnHYRGkpCpIPgmJsLYUFo9bddGZrvRYw0l+9Ka1ek5kTQM4XMR3S\n"
    "oxowGDAWBgNVHREEDzANggthcGkuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiB4\n"
    "K+wGpq05msFgTQqr2nH25D+GviJwzVBOHJB++A2ylgIhAOmYEWLllVDRKG5gRHFe\n"
    "5FM5Lhacfe3Mzwfpshbf7I8y\n"
    "-----END CERTIFICATE-----\n";
inline constexpr std::string_view server_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzkB+/3Qu/EK0tzc4\n"
    "mTvzCBNMNe3c2a4bLeE4QyPYPG6hRANCAAQHS1tcJxnOAiBk6vhhH5NxvKo0dtOp\n"
    "/8ymc21Uoy1ruoCetPj9bCvepRTJ7VVOe0xJ1+jwtM9eanleoOHzjHC7\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr std::string_view wild_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVvUVHEKhkCZYl1+E\n"
    "jLqgwd8U7EzqE2BZLkg/kffHm+ahRANCAAQ5mGHx3WWY3TKbhPtrPNHx2pXZVd9E\n"
    "VyWti2j48Dso1TG45YbGpSClgkYuPqiMn7ZHJ8y+f9bu7OGkkAIZFhW8\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr std::string_view revoked_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2G7EEK5skOWxceQu\n"
    "aZPvGQThDFYVBcrBHxsnSvQKo4ShRANCAASv5zNpVYHQW5miSCruhVJWWalmhwVN\n"
    "a7AuRaGLlGCa7zvRXuo/LANT+Gwiy0Kz+kKwpVX7vwvs2QyFclYbIU+n\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr std::string_view client_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvjlXCVq8V/zUuCFG\n"
    "0cW34pFl2OYBct6sxAg0HVYLwmKhRANCAAQXNc/yx3GTD+iTiCWCNFKcc8EBK/5w\n"
    "wz1nzu8+MVaOOOJt5ZwfJeX4CZ6clErE/sDFNVKzCNfwMwLN0JTz+lJY\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr std::string_view stranger_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgd5cn2Pikrqv1HSHY\n"
    "w36bwuZUPHs/FjHW7f1J68m4WVehRANCAAQXOH215OKZD5MvDi1sjmZzdj8oDlR8\n"
    "vjR6qnHYRGkpCpIPgmJsLYUFo9bddGZrvRYw0l+9Ka1ek5kTQM4XMR3S\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr std::string_view between_revocations =
    "-----BEGIN X509 CRL-----\n"
    "MIGyMFsCAQEwCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLVExTIEJldHdlZW4XDTI0\n"
    "MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowFDASAgEFFw0yNDAxMDEwMDAwMDBa\n"
    "MAoGCCqGSM49BAMCA0cAMEQCIDFBySig0xVQn2pBumgykERaTuQubzeCqVaXoPRy\n"
    "ZduYAiB6R2s3ebe/NkDnTvjtFRMPvtdtj77ek8gjp1+oOkhUzQ==\n"
    "-----END X509 CRL-----\n";
inline constexpr std::string_view server_pkcs12 =
    "MIIG+QIBAzCCBq8GCSqGSIb3DQEHAaCCBqAEggacMIIGmDCCBSoGCSqGSIb3DQEHBqCCBRswggUXAgEAMIIFEAYJKoZIhvcN\n"
    "AQcBMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBC2C7YKAiTcjz4unUYBmBlkAgJOIDAMBggqhkiG9w0CCQUAMB0G\n"
    "CWCGSAFlAwQBKgQQy2r7yIO6Rry133cUh9Po2ICCBKDBdfnJ3LOvS04pmk9We8tnWODs7VzEzSuvQhNCBTrY2EEuu4q65oKp\n"
    "p62AkcgkEbwxn+s5HnTo2utDKH8h695k3I9x8qqgnEtvcEw3/Ypr3p3NWdeJIASqdn8rwnXYVQD08YiOQ+zfV7ogWLJ1dYur\n"
    "tnEkI2d7t4f04a4goAh0k9r78O15pB17BzcorzEwj4eDcEVKwd9TMAdfnoFNrgrMCpL69e4QXzMKw4WgSI6hn73pnMSzMyxs\n"
    "yPSqcy7mxSK5XgIvWlOXSpumAF+SBzWhS56m816cbszCA4O30pkYciYtX/au3wUgXnsF8cRTsKGipsLT2zQy+fxLNE/mOq0R\n"
    "kV7IrKCuIJYTkEjOSG1bfCi4Rp4De+3DaVu+lGsJ2gLVQ4gNOAbq5GcaUVJgjJOvsrHnPey4Q1NW1X5gwx97u+bvYOlDLpU+\n"
    "rQsrWUYxF89adsKynZDjCxWdR4WBmw+VsZE1tf5U0Z/l9o467uQAU++drc/dWLwiLHz5JVfwDsY2fTBSa6CAa7ap7+9JP2E1\n"
    "PFoo4+hWkGWSlibHVw/1OlSFkPriJvk7gveVc9aQbDKeYpz5oMHvyhqYTeYXnASzKGAOd/a7YRv59fpfcD/jeG1CpRE0arg+\n"
    "mQ8Jv+9Z14TlWXO/FXLLuEbKrLRuU3uIk3YLSsSWORsUMa8TOhvdQEmd7u5bnyJ9pXlKu+omiDTSVjgePAS5jzmpqpff4/OE\n"
    "mPWzymBiduLLnr34Dyy4+tcF4IwgbnalAq7IIxdJMMoFTOeU9MuRkPH/P6ZB0wu9iT/tGTiCnzT2F5wbgFlhJyutV2eT17NX\n"
    "SHsAINg/H3/qvKRRLrnfmIjGpEFR3l4MBxv9iet5YnM9j/9vO5gTVIpQDCxRp7LUzRmFLf4QJfrjifHUh1+zH2QdvM6TYviA\n"
    "J1KtyCGTUrSvR4Mt3JX0s1c5S59n7BffszXPRmDRc6n3rogAhcOlsIIdYDUnFLyoS06bqxYP1NWofV8qFKeYGL4dus2a/ITE\n"
    "4P05UuCX/fhnYLkVxssiGhyPSLA3A24dlXx66MK/RMHnSCdPkJ/6VwD1gWsVRf2K8j0M9XXQ5fyUkrwLbbi5V4DLn6SX8Og4\n"
    "84sn4huLnqhkAz2mrunVImGhpT5Xh5tD7tvHTAgjyG59Vr3d+3rYbda3+TFpcj+C29N2s9frW4qt3o7MnNDfCiTtgjgVrjNk\n"
    "aW8fa96EmYfFbWFJEsNWAQ7PrKjxLfOduYK/kKF1CZRsBRvQAOd7a9IZeqdsFhi/6cQ+WWGsUtGQRQOuzSq31Ww7e8hiAqjP\n"
    "PalVwe+wWeJ39Sch/L0q1TvgQgj1q7JFnIB67fic3qYutF7nY4DMZmz91SJXTrYGlTbQeBDTwLV88d9abJBdX441sNh2mEF4\n"
    "FWAIehH4ea5AliqxjhhDih3de/DUaZS4NSuLy364/7Kl0alY+k/wpOnoR4Qv2xCRCLH35fCiCwt8p9zPrRzHs2eygnkKjF7B\n"
    "xhznwQglgwdFlgxIbSNhoh6IRtpTdiyH64dqDId5OFE8M2q0f3C4VoV+nuv2yMaVLs+IUb91yPkE5zEvkPjvQzCCAWYGCSqG\n"
    "SIb3DQEHAaCCAVcEggFTMIIBTzCCAUsGCyqGSIb3DQEMCgECoIH3MIH0MF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAk\n"
    "BBBagJNDM9qbsSnHyoVoem6JAgJOIDAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQApu8I40N8r34qgbHpqaCVwSBkGo3\n"
    "4Ha62iu5a6fBdK4+YOnDBMuL4++hJr/X++YQm9miX7hVOAWZ+xfo+apM2Uf1HfH3AJFIlhtaf8r5dHFQswZDow/Z7nWgP4WH\n"
    "mg4lMBvXLfY46xzscZqoue8eHoXWwHb2miVZoLPIn/bxTu7R/hG2MNscXhAHb5KGHuTf3TC4hE66uD0WPcfRTLlRe5mDWjFC\n"
    "MBsGCSqGSIb3DQEJFDEOHgwAcwBlAHIAdgBlAHIwIwYJKoZIhvcNAQkVMRYEFJ+7Qibj/zlgTrKTUENEwIFGQs11MEEwMTAN\n"
    "BglghkgBZQMEAgEFAAQgEQ4ibSr9z6hzReOYdBT8Axdm3rwHZKOyXeuoGmx07jAECI8bFgqjxMyqAgIIAA==\n";

}  // namespace gatelet::test::tls
