package io.elbench.runner.pytorch;

import io.elbench.runner.core.Model;
import io.elbench.runner.core.OutputValues;
import io.elbench.runner.core.Request;
import io.elbench.runner.core.Shapes;
import io.elbench.runner.core.UnusableModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.pytorch.IValue;
import org.pytorch.MemoryFormat;
import org.pytorch.Module;
import org.pytorch.Tensor;

/** A module in the lite interpreter, with its inputs. */
final class PyTorchModel implements Model {

  private final Module module;
  private final TensorMemory memory;
  private final Request.Model wanted;
  private final FloatBuffer[] buffers;
  private final IValue[] inputs;
  private IValue result;

  PyTorchModel(Module module, TensorMemory memory, Request.Model wanted) {
    this.module = module;
    this.memory = memory;
    this.wanted = wanted;
    this.buffers = new FloatBuffer[wanted.inputs.size()];
    this.inputs = new IValue[buffers.length];
  }

  @Override
  public void bind(ByteBuffer[] data) {
    for (int index = 0; index < buffers.length; index++) {
      Request.Input input = wanted.inputs.get(index);
      requireImages(input);
      if (buffers[index] == null) {
        buffers[index] = Tensor.allocateFloatBuffer(Shapes.elements(input.shape));
        inputs[index] = IValue.from(Tensor.fromBlob(buffers[index], input.shape, format(input)));
      }
      FloatBuffer values = data[index].order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      if (input.isChannelsLast) {
        Layout.toChannelsLast(values, buffers[index], input.shape);
      } else {
        Layout.copy(values, buffers[index]);
      }
    }
  }

  private static void requireImages(Request.Input input) {
    if (input.isChannelsLast && input.shape.length != 4) {
      throw new UnusableModel(
          "only N, C, H, W can be channels_last, not " + Shapes.text(input.shape));
    }
  }

  private static MemoryFormat format(Request.Input input) {
    return input.isChannelsLast ? MemoryFormat.CHANNELS_LAST : MemoryFormat.CONTIGUOUS;
  }

  @Override
  public void forward() {
    result = module.forward(inputs);
  }

  @Override
  public void dropOutput() {
    if (result != null) {
      memory.giveBack(result);
      result = null;
    }
  }

  @Override
  public OutputValues output() {
    forward();
    try {
      return values(result);
    } finally {
      dropOutput();
    }
  }

  private OutputValues values(IValue result) {
    if (!result.isTensor()) {
      throw new UnusableModel(wanted.name + " does not return a tensor; one tensor is expected");
    }
    Tensor tensor = result.toTensor();
    if (tensor.numel() == 0) {
      throw new UnusableModel(wanted.name + " returns an empty tensor");
    }
    float[] values = values(tensor);
    boolean isChannelsLast = tensor.memoryFormat() == MemoryFormat.CHANNELS_LAST;
    return new OutputValues(
        tensor.shape(), isChannelsLast ? Layout.fromChannelsLast(values, tensor.shape()) : values);
  }

  /** In the order in which the tensor lies in memory. */
  private float[] values(Tensor tensor) {
    switch (tensor.dtype()) {
      case FLOAT32:
        return tensor.getDataAsFloatArray();
      case FLOAT64:
        return floats(tensor.getDataAsDoubleArray());
      case INT64:
        return floats(tensor.getDataAsLongArray());
      case INT32:
        return floats(tensor.getDataAsIntArray());
      default:
        throw new UnusableModel(
            wanted.name + " returns a tensor of " + tensor.dtype() + "; float32 is expected");
    }
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int index = 0; index < floats.length; index++) {
      floats[index] = (float) values[index];
    }
    return floats;
  }

  private static float[] floats(long[] values) {
    float[] floats = new float[values.length];
    for (int index = 0; index < floats.length; index++) {
      floats[index] = values[index];
    }
    return floats;
  }

  private static float[] floats(int[] values) {
    float[] floats = new float[values.length];
    for (int index = 0; index < floats.length; index++) {
      floats[index] = values[index];
    }
    return floats;
  }

  @Override
  public void destroy() {
    module.destroy();
  }
}
