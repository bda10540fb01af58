package io.elbench.runner.pytorch;

import io.elbench.runner.core.Engine;
import io.elbench.runner.core.Model;
import io.elbench.runner.core.Request;
import io.elbench.runner.core.RuntimeThreads;
import io.elbench.runner.core.UnusableModel;
import java.io.File;
import java.lang.reflect.Method;
import org.pytorch.LiteModuleLoader;

/** PyTorch Mobile's lite interpreter. */
public final class PyTorchLiteEngine implements Engine {

  /** Where the call that sets threads lies: the first from PyTorch 1.13 on, the second before. */
  private static final String[] THREAD_CLASSES = {
    "org.pytorch.LitePyTorchAndroid", "org.pytorch.PyTorchAndroid"
  };

  private final String version;
  private final TensorMemory memory = new TensorMemory();

  /**
   * @param version of the runtime, and what it runs on where that is not a phone
   */
  public PyTorchLiteEngine(String version) {
    this.version = version;
  }

  @Override
  public String runtime() {
    return "pytorch_mobile";
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public int setThreads(int threads) {
    try {
      threadSetter().invoke(null, threads);
    } catch (ReflectiveOperationException error) {
      throw new IllegalStateException("PyTorch refuses " + threads + " threads", error);
    }
    return RuntimeThreads.count();
  }

  private static Method threadSetter() throws NoSuchMethodException {
    for (String name : THREAD_CLASSES) {
      try {
        return Class.forName(name).getMethod("setNumThreads", int.class);
      } catch (ClassNotFoundException | NoSuchMethodException absent) {
        continue;
      }
    }
    throw new NoSuchMethodException("this PyTorch has no call that sets threads");
  }

  @Override
  public Model load(Request.Model wanted, File file) {
    if (!wanted.runtime.equals(runtime())) {
      throw new UnusableModel(
          wanted.name + " is for " + wanted.runtime + ", this phone runs " + runtime() + " models");
    }
    try {
      return new PyTorchModel(LiteModuleLoader.load(file.getPath()), memory, wanted);
    } catch (RuntimeException error) {
      throw LoadFailure.explain(wanted.name, error);
    }
  }
}
