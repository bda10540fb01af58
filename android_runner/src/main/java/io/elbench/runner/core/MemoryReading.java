package io.elbench.runner.core;

import java.util.LinkedHashMap;
import java.util.Map;

/** One memory sample; a value that could not be had is null, and its source says why. */
final class MemoryReading {

  final String phase;
  final long atNs;
  private final Map<String, Long> kib = new LinkedHashMap<>();
  private final Map<String, String> sources = new LinkedHashMap<>();

  MemoryReading(String phase, long atNs) {
    this.phase = phase;
    this.atNs = atNs;
  }

  /** Notes a value read at a source, or that the source does not have it. */
  void add(String name, Long value, String source) {
    kib.put(name, value);
    sources.put(name, value == null ? "none: this system has no " + source : source);
  }

  /** Notes why a value was not looked for. */
  void leaveOut(String name, String reason) {
    kib.put(name, null);
    sources.put(name, reason);
  }

  Map<String, Long> kib() {
    return kib;
  }

  Map<String, String> sources() {
    return sources;
  }
}
