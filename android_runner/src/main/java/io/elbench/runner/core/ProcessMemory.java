package io.elbench.runner.core;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The memory of this very process: in full at the borders of phases. */
public final class ProcessMemory {

  private static final String STATUS = "/proc/self/status";
  private static final File SMAPS_ROLLUP = new File("/proc/self/smaps_rollup");

  private final ProcStatus status;
  private final Heaps heaps;
  private final Clock clock;

  /**
   * @throws IOException /proc/self/status cannot be opened
   */
  public ProcessMemory(Heaps heaps, Clock clock) throws IOException {
    this.status = new ProcStatus(new File(STATUS));
    this.heaps = heaps;
    this.clock = clock;
  }

  ProcStatus status() {
    return status;
  }

  /** Everything that can be read; takes milliseconds. */
  MemoryReading atBorder(String phase) {
    MemoryReading reading = new MemoryReading(phase, clock.nowNs());
    addStatus(reading, statusText());
    addPss(reading);
    reading.add("native_heap_kib", heaps.nativeHeapKib(), heaps.nativeHeapSource());
    Runtime runtime = Runtime.getRuntime();
    long javaBytes = runtime.totalMemory() - runtime.freeMemory();
    reading.add("java_heap_kib", javaBytes / 1024, "Runtime.totalMemory - freeMemory");
    return reading;
  }

  /** What a copy of /proc/self/status says. */
  static MemoryReading betweenBorders(String phase, long atNs, String statusText) {
    MemoryReading reading = new MemoryReading(phase, atNs);
    addStatus(reading, statusText);
    reading.leaveOut(
        "pss_kib", "not read: the walk over all mappings would disturb timed iterations");
    reading.leaveOut("native_heap_kib", "not read: the question takes the allocator's lock");
    reading.leaveOut("java_heap_kib", "not read: only what /proc/self/status says is");
    return reading;
  }

  private static void addStatus(MemoryReading reading, String text) {
    reading.add("rss_kib", ProcStatus.kib(text, "VmRSS"), STATUS + " VmRSS");
    reading.add("swap_kib", ProcStatus.kib(text, "VmSwap"), STATUS + " VmSwap");
    reading.add("hwm_kib", ProcStatus.kib(text, "VmHWM"), STATUS + " VmHWM");
  }

  private void addPss(MemoryReading reading) {
    Long kib = null;
    try {
      kib = SMAPS_ROLLUP.canRead() ? ProcStatus.kib(Files.text(SMAPS_ROLLUP), "Pss") : null;
    } catch (IOException unreadable) {
      // Kernels before 4.14 have no such file, and some vendors deny it: the platform's own call is left.
    }
    if (kib != null) {
      reading.add("pss_kib", kib, SMAPS_ROLLUP + " Pss");
    } else {
      reading.add("pss_kib", heaps.pssKib(), heaps.pssSource());
    }
  }

  private String statusText() {
    ByteBuffer row = ByteBuffer.allocateDirect(ProcStatus.BYTES);
    try {
      status.copyInto(row);
    } catch (IOException unreadable) {
      return "";
    }
    return ProcStatus.text(row);
  }
}
