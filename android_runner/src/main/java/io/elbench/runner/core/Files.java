package io.elbench.runner.core;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Whole files, read once. (java.nio.file is not on Android before API 26.) */
final class Files {

  private static final int CHUNK_BYTES = 1 << 16;

  private Files() {}

  static byte[] bytes(File file) throws IOException {
    try (InputStream input = new FileInputStream(file)) {
      return bytes(input, Integer.MAX_VALUE);
    }
  }

  /** All bytes, or a few more than {@code enough} where there are many: an archive's entry may expand without end. */
  static byte[] bytes(InputStream input, int enough) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK_BYTES];
    for (int size = input.read(chunk); size >= 0 && content.size() <= enough; size = input.read(chunk)) {
      content.write(chunk, 0, size);
    }
    return content.toByteArray();
  }

  static String text(File file) throws IOException {
    return new String(bytes(file), StandardCharsets.UTF_8);
  }

  static String sha256(File file) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream input = new FileInputStream(file)) {
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int size = input.read(chunk); size >= 0; size = input.read(chunk)) {
        digest.update(chunk, 0, size);
      }
    }
    return hexadecimal(digest.digest());
  }

  static String sha256(byte[] data) {
    return hexadecimal(sha256().digest(data));
  }

  /** A hash that bytes can be added to. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Android and every Java has SHA-256", impossible);
    }
  }

  static String hexadecimal(byte[] bytes) {
    StringBuilder text = new StringBuilder(2 * bytes.length);
    for (byte one : bytes) {
      text.append(Character.forDigit((one >> 4) & 0xf, 16)).append(Character.forDigit(one & 0xf, 16));
    }
    return text.toString();
  }
}
