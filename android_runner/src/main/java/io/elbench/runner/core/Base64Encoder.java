package io.elbench.runner.core;

/** Base64 without line breaks: Android has had one of its own, and Java's only since API 26. */
public interface Base64Encoder {

  /** Encodes with the standard alphabet and padding. */
  String encode(byte[] data);
}
