package io.elbench.runner.core;

/** What the platform tells of this process's memory and /proc does not. */
public interface Heaps {

  /** Bytes in use on the native heap in KiB, or null. */
  Long nativeHeapKib();

  /** Where {@link #nativeHeapKib} reads. */
  String nativeHeapSource();

  /** Proportional set size in KiB by the platform's own call, for kernels without smaps_rollup, or null. */
  Long pssKib();

  /** Where {@link #pssKib} reads. */
  String pssSource();
}
