package io.elbench.runner.pytorch;

import com.facebook.jni.HybridData;
import java.lang.reflect.Field;
import org.pytorch.IValue;
import org.pytorch.Tensor;

/**
 * Gives a tensor's memory back at once. PyTorch's Java classes have no call for it: they leave it to the garbage
 * collector, which sees a tensor's few Java bytes and not its megabytes.
 */
final class TensorMemory {

  private final Field owner;

  TensorMemory() {
    try {
      owner = Tensor.class.getDeclaredField("mHybridData");
      owner.setAccessible(true);
    } catch (NoSuchFieldException moved) {
      throw new IllegalStateException("this PyTorch keeps the memory of its tensors elsewhere", moved);
    }
  }

  /** Nothing may read the tensor any more. Allocates nothing. */
  void giveBack(IValue value) {
    if (value.isTensor()) {
      giveBack(value.toTensor());
    }
  }

  private void giveBack(Tensor tensor) {
    try {
      HybridData data = (HybridData) owner.get(tensor);
      data.resetNative();
    } catch (IllegalAccessException impossible) {
      throw new IllegalStateException("the field was made accessible", impossible);
    }
  }
}
