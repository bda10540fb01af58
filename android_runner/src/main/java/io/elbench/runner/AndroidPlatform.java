package io.elbench.runner;

import android.content.Context;
import android.content.pm.ApplicationInfo;
import android.os.Build;
import android.os.Process;
import android.system.Os;
import android.system.OsConstants;
import android.util.Base64;
import io.elbench.runner.core.Base64Encoder;
import io.elbench.runner.core.Clock;
import io.elbench.runner.core.Engine;
import io.elbench.runner.core.EventSink;
import io.elbench.runner.core.Heaps;
import io.elbench.runner.core.MonotonicClock;
import io.elbench.runner.core.PhoneStorage;
import io.elbench.runner.core.Platform;
import io.elbench.runner.core.ProcessFacts;
import io.elbench.runner.core.Screen;
import io.elbench.runner.core.Storage;
import io.elbench.runner.core.Thermal;
import io.elbench.runner.core.Versions;
import io.elbench.runner.pytorch.PyTorchLiteEngine;
import java.io.File;

/** An Android phone. */
final class AndroidPlatform implements Platform {

  private static final long SCREEN_TIMEOUT_MS = 10_000;

  private final Context context;
  private final EventSink sink;
  private final Versions versions = new Versions();
  private final Clock clock = new MonotonicClock();
  private final Screen screen;

  AndroidPlatform(Context context, EventSink sink) {
    this.context = context;
    this.sink = sink;
    this.screen = new ActivityScreen(context, SCREEN_TIMEOUT_MS);
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public Storage storage() {
    return new PhoneStorage();
  }

  @Override
  public Screen screen() {
    return screen;
  }

  @Override
  public Thermal thermal() {
    return new AndroidThermal(context);
  }

  @Override
  public Heaps heaps() {
    return new AndroidHeaps();
  }

  @Override
  public Base64Encoder base64() {
    return data -> Base64.encodeToString(data, Base64.NO_WRAP);
  }

  @Override
  public EventSink sink() {
    return sink;
  }

  @Override
  public File recoveryFile(String launch) {
    File folder = Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q ? mediaFolder() : context.getExternalCacheDir();
    return folder == null ? null : new File(folder, launch + ".jsonl");
  }

  /** The app's folder that adb's shell can read too; null while the storage is not there. */
  @SuppressWarnings("deprecation") // MediaStore, its successor, has no files of one's own
  private File mediaFolder() {
    File[] folders = context.getExternalMediaDirs();
    return folders.length == 0 ? null : folders[0];
  }

  @Override
  public void phaseEnded(String phase) {
    // The harness sees it in the stream.
  }

  @Override
  public Engine engine() {
    return new PyTorchLiteEngine(versions.pytorchLite());
  }

  @Override
  public ProcessFacts facts(boolean sustainedMode) {
    boolean debuggable =
        (context.getApplicationInfo().flags & ApplicationInfo.FLAG_DEBUGGABLE) != 0;
    return new ProcessFacts(
        versions.runner(),
        abi(),
        Build.VERSION.SDK_INT,
        Os.sysconf(OsConstants._SC_PAGESIZE),
        sustainedMode,
        debuggable);
  }

  private static String abi() {
    String[] abis = Process.is64Bit() ? Build.SUPPORTED_64_BIT_ABIS : Build.SUPPORTED_32_BIT_ABIS;
    return abis.length == 0 ? "unknown" : abis[0];
  }
}
