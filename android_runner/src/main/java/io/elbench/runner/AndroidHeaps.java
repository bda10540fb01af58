package io.elbench.runner;

import android.os.Debug;
import io.elbench.runner.core.Heaps;

/** What {@link Debug} tells of this process's memory. */
final class AndroidHeaps implements Heaps {

  @Override
  public Long nativeHeapKib() {
    return Debug.getNativeHeapAllocatedSize() / 1024;
  }

  @Override
  public String nativeHeapSource() {
    return "Debug.getNativeHeapAllocatedSize";
  }

  @Override
  public Long pssKib() {
    return Debug.getPss();
  }

  @Override
  public String pssSource() {
    return "Debug.getPss";
  }
}
