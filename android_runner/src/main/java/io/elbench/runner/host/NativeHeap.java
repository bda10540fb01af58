package io.elbench.runner.host;

import io.elbench.runner.core.Heaps;

/** The memory beside the JVM's own heap; the library that stands for Android's C library tells of it. */
final class NativeHeap implements Heaps {

  /** Bytes in use of all that malloc gave; the library must be loaded. */
  private static native long allocatedBytes();

  @Override
  public Long nativeHeapKib() {
    return allocatedBytes() / 1024;
  }

  @Override
  public String nativeHeapSource() {
    return "mallinfo2 uordblks + hblkhd";
  }

  @Override
  public Long pssKib() {
    return null;
  }

  @Override
  public String pssSource() {
    return "/proc/self/smaps_rollup";
  }
}
