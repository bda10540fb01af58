package io.elbench.runner.host;

import io.elbench.runner.core.Base64Encoder;
import io.elbench.runner.core.Clock;
import io.elbench.runner.core.Engine;
import io.elbench.runner.core.EventSink;
import io.elbench.runner.core.Heaps;
import io.elbench.runner.core.MonotonicClock;
import io.elbench.runner.core.Platform;
import io.elbench.runner.core.ProcessFacts;
import io.elbench.runner.core.Screen;
import io.elbench.runner.core.Storage;
import io.elbench.runner.core.Thermal;
import io.elbench.runner.core.Versions;
import io.elbench.runner.pytorch.PyTorchLiteEngine;
import java.io.File;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A desktop that stands for a phone.
 *
 * <p>Options: {@code --shim} library that stands for Android's C library, {@code --root} folder that is the
 * phone's {@code /}, {@code --abi}, {@code --api}, {@code --page-size}, {@code --note} what the numbers'
 * readers must know of this runtime, {@code --stop-at} phase after which nothing happens any more.
 */
final class HostPlatform implements Platform {

  private static final String RECOVERY_FOLDER = "/sdcard/Android/media/io.elbench.runner";

  private final Map<String, String> options;
  private final Versions versions = new Versions();
  private final Clock clock = new MonotonicClock();
  private final HostStorage storage;

  HostPlatform(Map<String, String> options) {
    this.options = options;
    this.storage = new HostStorage(Paths.get(options.get("--root")));
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public Storage storage() {
    return storage;
  }

  @Override
  public Screen screen() {
    return new NoScreen();
  }

  @Override
  public Thermal thermal() {
    return new NoThermal();
  }

  @Override
  public Heaps heaps() {
    return new NativeHeap();
  }

  @Override
  public Base64Encoder base64() {
    return Base64.getEncoder()::encodeToString;
  }

  @Override
  public EventSink sink() {
    return new InstrumentationOutput(System.out);
  }

  @Override
  public File recoveryFile(String launch) {
    return storage.file(RECOVERY_FOLDER + "/" + launch + ".jsonl");
  }

  @Override
  public void phaseEnded(String phase) {
    while (phase.equals(options.get("--stop-at"))) {
      LockSupport.park();
    }
  }

  @Override
  public Engine engine() {
    Path shim = Paths.get(options.get("--shim")).toAbsolutePath();
    System.load(shim.toString());
    System.loadLibrary("pytorch_jni_lite");
    String note = options.get("--note");
    String version = versions.pytorchLite() + (note == null ? "" : " (" + note + ")");
    return new PyTorchLiteEngine(version);
  }

  @Override
  public ProcessFacts facts(boolean sustainedMode) {
    return new ProcessFacts(
        versions.runner() + " (virtual phone)",
        options.get("--abi"),
        Integer.parseInt(options.get("--api")),
        Long.parseLong(options.get("--page-size")),
        sustainedMode,
        false);
  }

  /** A desktop shows nothing. */
  private static final class NoScreen implements Screen {
    @Override
    public boolean show() {
      return false;
    }

    @Override
    public int visit() {
      return 1;
    }
  }

  /** A virtual phone is never hot, and states no headroom. */
  private static final class NoThermal implements Thermal {
    @Override
    public Integer status() {
      return 0;
    }

    @Override
    public Float headroom() {
      return null;
    }
  }
}
