package io.elbench.runner.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Samples memory now and then between two timed iterations.
 *
 * <p>A sample is a copy of /proc/self/status into memory set aside beforehand; nothing is parsed before the
 * phase has ended. After {@link #MAX_SAMPLES} of one phase there are no more.
 */
final class MemorySampler {

  static final int MAX_SAMPLES = 4096;

  private final ProcStatus status;
  private final long periodNs;
  private final String phase;
  private final ByteBuffer[] rows;
  private final long[] atNs;
  private int count;
  private long nextNs;

  /**
   * @param periodMs between two samples; 0 samples nothing
   * @param longestSeconds how long the phase may last
   */
  MemorySampler(ProcStatus status, String phase, int periodMs, double longestSeconds, long nowNs) {
    this.status = status;
    this.phase = phase;
    this.periodNs = periodMs * 1_000_000L;
    this.nextNs = periodMs > 0 ? nowNs + periodNs : Long.MAX_VALUE;
    double samples = periodMs > 0 ? Math.ceil(longestSeconds * 1000 / periodMs) + 1 : 0;
    this.rows = rows((int) Math.min(samples, MAX_SAMPLES));
    this.atNs = new long[rows.length];
  }

  /** Samples if the period has passed; allocates nothing. */
  void sampleIfDue(long nowNs) {
    if (nowNs >= nextNs && count < rows.length) {
      sample(nowNs);
    }
  }

  private void sample(long nowNs) {
    try {
      status.copyInto(rows[count]);
      atNs[count] = nowNs;
      count++;
    } catch (IOException unreadable) {
      nextNs = Long.MAX_VALUE;
      return;
    }
    nextNs = nowNs + periodNs;
  }

  /** The samples, once the phase has ended. */
  List<MemoryReading> readings() {
    List<MemoryReading> readings = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      readings.add(
          ProcessMemory.betweenBorders(phase, atNs[index], ProcStatus.text(rows[index])));
    }
    return readings;
  }

  private static ByteBuffer[] rows(int count) {
    ByteBuffer[] rows = new ByteBuffer[count];
    for (int index = 0; index < count; index++) {
      rows[index] = ByteBuffer.allocateDirect(ProcStatus.BYTES);
    }
    return rows;
  }
}
