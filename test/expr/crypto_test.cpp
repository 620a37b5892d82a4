// Hashes, ciphers, RSA and certificates in expressions.
#include <doctest/doctest.h>

#include "evaluate.hpp"
#include "keys.hpp"

using namespace gatelet;

namespace {

// A gateway with the test's certificates.
struct World {
  Arena arena;
  TestContext context{arena};
  World() {
    const auto parsed = [](std::string_view text) {
      return *crypto::Certificate::parse(text, {},
                                         crypto::Random{[](void*, void* out, size_t size) { std::memset(out, 7, size); }, nullptr});
    };
    context.client = parsed(test::intermediate_certificate);
    context.roots.push_back(parsed(test::root_certificate));
    context.deployed.emplace_back("signing", parsed(std::string(test::leaf_certificate) + std::string(test::leaf_key)));
    context.deployed.emplace_back("root", parsed(test::root_certificate));
  }
};

}  // namespace

static void check_in_world(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    World world;
    CAPTURE(row.expression);
    CHECK(evaluate(row.expression, world.context) == row.result);
  }
}

// An expression over the bytes of a text, shown in hexadecimal.
static std::string hex_of(const std::string& expression) {
  return "@(BitConverter.ToString(" + expression + ").Replace(\"-\", \"\").ToLower())";
}

static const std::string abc = "Encoding.UTF8.GetBytes(\"abc\")";

TEST_CASE("hashes give the digests of their algorithms, however they are made") {
  const std::string sha256 = "String ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  check_in_world({
      {hex_of("SHA256.Create().ComputeHash(" + abc + ")"), sha256},
      {hex_of("new SHA256Managed().ComputeHash(" + abc + ")"), sha256},
      {hex_of("HashAlgorithm.Create(\"SHA-256\").ComputeHash(" + abc + ")"), sha256},
      {hex_of("System.Security.Cryptography.SHA256.Create().ComputeHash(" + abc + ")"), sha256},
      {hex_of("SHA256.Create().ComputeHash(Encoding.UTF8.GetBytes(\"xabcx\"), 1, 3)"), sha256},
      {hex_of("MD5.Create().ComputeHash(" + abc + ")"), "String 900150983cd24fb0d6963f7d28e17f72"},
      {hex_of("SHA1.Create().ComputeHash(" + abc + ")"), "String a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"@(new SHA384Managed().HashSize + SHA512.Create().HashSize)", "Int32 896"},
      {"@{ using (var h = SHA256.Create()) { return h.ComputeHash(" + abc + ").Length; } }", "Int32 32"},
      {"@{ using (HashAlgorithm h = SHA512.Create()) { return h.ComputeHash(" + abc + ").Length; } }", "Int32 64"},
      {"@{ var h = SHA256.Create(); h.TransformBlock(" + abc + ", 0, 2, null, 0); h.TransformFinalBlock(" + abc +
           ", 2, 1); return BitConverter.ToString(h.Hash).Replace(\"-\", \"\").ToLower(); }",
       sha256},
      {"@(SHA256.Create().Hash)", "!CryptographicException: Hash must be finalized before the hash value is retrieved."},
      {"@(SHA256.Create().ComputeHash((byte[])null))", "!ArgumentNullException: Value cannot be null. Parameter: buffer"},
      {"@(SHA256.Create().ComputeHash(" + abc + ", 2, 2))", "!ArgumentException: Value was invalid."},
      {"@(HashAlgorithm.Create(\"CRC32\"))", "null"},
      {"@(HashAlgorithmName.SHA256)", "HashAlgorithmName SHA256"},
      {"@(HashAlgorithmName.SHA256 == new HashAlgorithmName(\"SHA256\"))", "Boolean True"},
  });
}

TEST_CASE("HMACs use their key, one of their own when none is given") {
  const std::string result = "String 9c196e32dc0175f86f4b1cb89289d6619de6bee699e4c378e68309ed97a1a6ab";
  check_in_world({
      {hex_of("new HMACSHA256(Encoding.UTF8.GetBytes(\"key\")).ComputeHash(" + abc + ")"), result},
      {"@{ HMAC h = new HMACSHA256(); h.Key = Encoding.UTF8.GetBytes(\"key\"); return BitConverter.ToString(h.ComputeHash(" + abc +
           ")).Replace(\"-\", \"\").ToLower(); }",
       result},
      {"@{ var h = new HMACSHA256 { Key = Encoding.UTF8.GetBytes(\"key\") }; return h.Key.Length + h.HashName; }", "String 3SHA256"},
      {"@(new HMACSHA256().Key.Length + new HMACSHA512().Key.Length)", "Int32 192"},
      {"@(new HMACSHA256().Key[0] == new HMACSHA256().Key[0])", "Boolean False"},
      {"@(new HMACMD5(" + abc + ").HashSize + new HMACSHA1(" + abc + ").HashSize + new HMACSHA384(" + abc + ").HashSize)", "Int32 672"},
      {"@(HMAC.Create(\"HMACSHA1\") is HMACSHA1)", "Boolean True"},
      {"@(KeyedHashAlgorithm.Create(\"SHA256\"))", "null"},
      {"@(new HMACSHA256(null))", "!ArgumentNullException: Value cannot be null. Parameter: key"},
      {"@{ using (var h = new HMACSHA256(" + abc + ")) { return Convert.ToBase64String(h.ComputeHash(" + abc + ")); } }",
       "String LwLiSuLh/ogDmfJ2AK+og2TmBiv5u+EUsy+o8j0DYIo="},
  });
}

TEST_CASE("Encrypt and Decrypt are AES in CBC with PKCS#7, or what the algorithm's object says") {
  const std::string key = "Encoding.UTF8.GetBytes(\"0123456789abcdef\")", data = "Encoding.UTF8.GetBytes(\"secret text\")";
  check_in_world({
      {"@(Convert.ToBase64String(" + data + ".Encrypt(\"Aes\", " + key + ", " + key + ")))", "String eUzd7Uyqaye1D8u6G0dbiw=="},
      {"@(Encoding.UTF8.GetString(" + data + ".Encrypt(\"Aes\", " + key + ", " + key + ").Decrypt(\"aes\", " + key + ", " + key + ")))",
       "String secret text"},
      {"@{ using (SymmetricAlgorithm a = SymmetricAlgorithm.Create(\"Aes\")) { a.KeySize = 128; a.Mode = CipherMode.ECB; "
       "a.Padding = PaddingMode.Zeros; a.Key = " +
           key + "; return " + data + ".Encrypt(a).Decrypt(a).Length; } }",
       "Int32 16"},
      {"@{ var a = SymmetricAlgorithm.Create(\"Aes\"); return a.KeySize + \" \" + a.BlockSize + \" \" + a.Mode + \" \" + a.Padding + \" \" "
       "+ a.Key.Length + \" \" + a.IV.Length; }",
       "String 256 128 CBC PKCS7 32 16"},
      {"@{ var a = SymmetricAlgorithm.Create(\"Aes\"); return Encoding.UTF8.GetString(a.CreateDecryptor().TransformFinalBlock("
       "a.CreateEncryptor().TransformFinalBlock(" +
           data + ", 0, 11), 0, 16)); }",
       "String secret text"},
      {"@(" + data +
           ".Encrypt(\"TripleDES\", Encoding.UTF8.GetBytes(\"0123456789abcdefghijklmn\"), Encoding.UTF8.GetBytes(\"01234567\"))"
           ".Length)",
       "Int32 16"},
      {"@(" + data + ".Encrypt(\"Aes\", new byte[5], " + key + "))",
       "!CryptographicException: Specified key is not a valid size for this algorithm."},
      {"@(" + data + ".Encrypt(\"Aes\", " + key + ", new byte[5]))",
       "!CryptographicException: Specified initialization vector (IV) does not match the block size for this algorithm."},
      {"@{ var a = SymmetricAlgorithm.Create(\"Aes\"); a.Key = new byte[3]; return 1; }",
       "!CryptographicException: Specified key is not a valid size for this algorithm."},
      {"@{ var a = SymmetricAlgorithm.Create(\"Aes\"); a.Mode = CipherMode.CTS; return 1; }",
       "!CryptographicException: Specified cipher mode is not valid for this algorithm."},
      {"@(new byte[16].Decrypt(\"Aes\", " + key + ", " + key + "))", "!CryptographicException: Padding is invalid and cannot be removed."},
      {"@(new byte[15].Decrypt(\"Aes\", " + key + ", " + key + "))", "!CryptographicException: The input data is not a complete block."},
      {"@(SymmetricAlgorithm.Create(\"Blowfish\"))", "null"},
      {"@(BitConverter.ToString(new byte[] { 1, 2, 3 }.Encrypt(\"RC2\", new byte[16], new byte[8])).Length)", "Int32 23"},
      {"@(new byte[] { 1, 2, 3 }.Encrypt(\"RC2\", new byte[5], new byte[8]).Decrypt(\"RC2\", new byte[5], new byte[8])[2])", "Byte 3"},
      {"@(new byte[] { 1, 2, 3 }.Encrypt(\"RC2\", new byte[17], new byte[8]))",
       "!CryptographicException: Specified key is not a valid size for this algorithm."},
      {"@(SymmetricAlgorithm.Create(\"RC2\").KeySize)", "Int32 128"},
      {"@{ var b = new byte[8]; new RNGCryptoServiceProvider().GetBytes(b); return b.Any(x => x != 0); }", "Boolean True"},
      {"@(SymmetricAlgorithm.Create())", "1:22 No overload of 'Create' takes the arguments ()"},
  });
}

TEST_CASE("RSA signs with a certificate's key, verifies and encrypts") {
  const std::string sign = "context.Deployment.Certificates[\"signing\"].GetRSAPrivateKey().SignData(" + abc +
                           ", HashAlgorithmName.SHA256, RSASignaturePadding.";
  const std::string verify = "context.Deployment.Certificates[\"signing\"].GetRSAPublicKey().VerifyData(" + abc + ", ";
  check_in_world({
      {"@(" + sign + "Pkcs1).Length)", "Int32 256"},
      {"@(" + verify + sign + "Pkcs1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))", "Boolean True"},
      {"@(" + verify + sign + "Pss), HashAlgorithmName.SHA256, RSASignaturePadding.Pss))", "Boolean True"},
      {"@(" + verify + sign + "Pss), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))", "Boolean False"},
      {"@(" + verify + sign + "Pkcs1), HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1))", "Boolean False"},
      {"@{ using (RSA rsa = context.Deployment.Certificates[\"" + std::string("6E6996B8D39441E11CA2F1E361C0B0394893CF68") +
           "\"].GetRSAPrivateKey()) { var hash = SHA256.Create().ComputeHash(" + abc +
           "); return rsa.VerifyHash(hash, rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), "
           "HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1); } }",
       "Boolean True"},
      {"@{ var rsa = context.Deployment.Certificates[\"signing\"].GetRSAPrivateKey() as RSACng; return rsa.KeySize; }", "Int32 2048"},
      {"@{ var rsa = context.Deployment.Certificates[\"signing\"].GetRSAPrivateKey(); return Encoding.UTF8.GetString(rsa.Decrypt("
       "rsa.Encrypt(" +
           abc + ", RSAEncryptionPadding.OaepSHA256), RSAEncryptionPadding.OaepSHA256)); }",
       "String abc"},
      {"@(context.Deployment.Certificates[\"root\"].GetRSAPrivateKey() == null)", "Boolean True"},
      {"@(context.Deployment.Certificates[\"root\"].GetRSAPublicKey().SignData(" + abc +
           ", HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))",
       "!CryptographicException: The key has no private part."},
      {"@{ var a = context.Deployment.Certificates[\"signing\"].GetRSAPrivateKey(); var b = RSA.Create(); "
       "b.FromXmlString(a.ToXmlString(true)); return b.ToXmlString(true) == a.ToXmlString(true); }",
       "Boolean True"},
      {"@(RSA.Create().SignData(" + abc + ", HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))",
       "!CryptographicException: The RSA object has no key; import one, new keys are not generated here."},
      {"@(RSASignaturePadding.Pkcs1 + \" \" + RSAEncryptionPadding.OaepSHA1)", "String Pkcs1 OaepSHA1"},
      {"@(new Oid(\"1.2.840.113549.1.1.1\").FriendlyName)", "String RSA"},
  });
}

TEST_CASE("certificates tell what .NET tells of them") {
  const std::string leaf = "context.Deployment.Certificates[\"signing\"]";
  check_in_world({
      {"@(" + leaf + ".Thumbprint)", "String 6E6996B8D39441E11CA2F1E361C0B0394893CF68"},
      {"@(" + leaf + ".GetCertHash(HashAlgorithmName.SHA256).Length + \" \" + (" + leaf +
           ".GetCertHashString(HashAlgorithmName.SHA1) == " + leaf + ".Thumbprint) + " + leaf + ".GetFormat())",
       "String 32 TrueX509"},
      {"@(BitConverter.ToString(" + leaf + ".GetCertHash()).Replace(\"-\", \"\") == " + leaf + ".Thumbprint)", "Boolean True"},
      {"@(" + leaf + ".Issuer)", "String CN=Test Intermediate"},
      {"@(" + leaf + ".IssuerName.Name + \"|\" + context.Deployment.Certificates[\"root\"].SubjectName.Name)",
       "String CN=Test Intermediate|CN=Test Root, O=\"Gatelet, Tests\", C=IT"},
      {"@(" + leaf + ".SerialNumber)", "String 00A1B2C3D4E5F60718"},
      {"@(" + leaf + ".NotBefore)", "DateTime 02/29/2024 13:05:09"},
      {"@(" + leaf + ".NotAfter.ToString(\"o\"))", "String 2026-02-28T13:05:09.0000000+00:00"},
      {"@(" + leaf + ".HasPrivateKey)", "Boolean True"},
      {"@(" + leaf + ".Version)", "Int32 3"},
      {"@(" + leaf + ".GetNameInfo(X509NameType.SimpleName, false))", "String client.example"},
      {"@(" + leaf + ".GetNameInfo(X509NameType.SimpleName, true))", "String Test Intermediate"},
      {"@(" + leaf + ".GetNameInfo(X509NameType.EmailName, false))", "String a@b.example"},
      {"@(" + leaf + ".SignatureAlgorithm.FriendlyName)", "String sha256RSA"},
      {"@(" + leaf + ".PublicKey.Oid.Value)", "String 1.2.840.113549.1.1.1"},
      {"@(new X509Certificate2(" + leaf + ".RawData).Equals(" + leaf + "))", "Boolean True"},
      {"@(new X509Certificate2(" + leaf + ".RawData, (string)null).HasPrivateKey)", "Boolean False"},
      {"@(context.Request.Certificate.ToString())",
       "String [Subject]\n  CN=Test Intermediate\n\n[Issuer]\n  CN=Test Root, O=\"Gatelet, Tests\", C=IT\n\n[Serial Number]\n  02\n\n"
       "[Not Before]\n  01/01/2024 00:00:00\n\n[Not After]\n  01/01/2034 00:00:00\n\n[Thumbprint]\n  "
       "8EA73BC623B3A240DC750A473022FD24D0758491\n"},
      {"@(context.Request.Certificate.VerifyNoRevocation())", "Boolean True"},
      {"@(context.Request.Certificate.Verify())", "Boolean False"},
      {"@(" + leaf + ".VerifyNoRevocation())", "Boolean False"},
      {"@(context.Deployment.Certificates.Any(c => c.Value.Thumbprint == context.Request.Certificate.Thumbprint))", "Boolean False"},
      {"@(context.Deployment.Certificates.Count)", "Int32 2"},
      {"@(context.Deployment.Certificates[\"none\"])", "!KeyNotFoundException: The given key 'none' was not present in the dictionary."},
      {"@(new X509Certificate2(new byte[] { 1, 2, 3 }) == null)",
       "!CryptographicException: not a certificate: X509 - The CRT/CRL/CSR format is invalid, e.g. different type expected"},
      {"@(new X509Certificate2(\"file.pfx\"))", "1:3 '.ctor': files are not read by expressions; give the certificate's bytes"},
      {"@{ try { new X509Certificate2(new byte[] { 1 }); return \"\"; } catch (Exception e) { return e.GetType().Name; } }",
       "String CryptographicException"},
  });
}

TEST_CASE("without a client certificate there is none") {
  CHECK(evaluate("@(context.Request.Certificate == null)") == "Boolean True");
  CHECK(evaluate("@(context.Request.Certificate == null || !context.Request.Certificate.Verify())") == "Boolean True");
  CHECK(evaluate("@(context.Request.Certificate.Thumbprint)") ==
        "!NullReferenceException: Object reference not set to an instance of an object.");
}

TEST_CASE("signing again and again ends at the limit of an evaluation") {
  World world;
  CHECK(evaluate("@{ var rsa = context.Deployment.Certificates[\"signing\"].GetRSAPrivateKey(); while (true) rsa.SignData(" + abc +
                     ", HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1); }",
                 world.context) == "!ExecutionLimitException: Expression exceeded its execution limit.");
}
