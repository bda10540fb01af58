package io.elbench.runner;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.content.ContextWrapper;
import android.content.pm.ApplicationInfo;
import android.os.PowerManager;
import android.os.Process;
import com.google.gson.JsonObject;
import io.elbench.runner.core.Heaps;
import io.elbench.runner.core.StartedEvent;
import io.elbench.runner.core.StreamRecorder;
import java.io.File;
import java.util.Base64;
import org.junit.Rule;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowBuild;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35, manifest = Config.NONE, shadows = {ScriptedPowerManager.class, ScriptedOs.class})
public final class AndroidPlatformTest {

  @Rule public final AndroidVersion version = new AndroidVersion();

  private final Context context = RuntimeEnvironment.getApplication();
  private final AndroidPlatform platform = new AndroidPlatform(context, new StreamRecorder());
  private final PowerManager power = (PowerManager) context.getSystemService(Context.POWER_SERVICE);

  @Test
  public void theFactsAreThoseOfThePhone() {
    ShadowBuild.setSupported64BitAbis(new String[] {"arm64-v8a"});
    ShadowBuild.setSupported32BitAbis(new String[] {"armeabi-v7a", "armeabi"});
    context.getApplicationInfo().flags &= ~ApplicationInfo.FLAG_DEBUGGABLE;
    JsonObject started = StartedEvent.of(platform.facts(true));
    boolean is64Bit = Process.is64Bit();
    assertEquals(is64Bit ? "arm64-v8a" : "armeabi-v7a", started.get("abi").getAsString());
    assertEquals(35, started.get("api").getAsInt());
    assertTrue(started.get("sustained_mode").getAsBoolean());
    assertFalse(started.get("debuggable").getAsBoolean());
    assertEquals(ScriptedOs.PAGE_BYTES, started.get("page_size").getAsLong());
  }

  @Test
  public void aDebuggableAppSaysSo() {
    context.getApplicationInfo().flags |= ApplicationInfo.FLAG_DEBUGGABLE;
    assertTrue(StartedEvent.of(platform.facts(false)).get("debuggable").getAsBoolean());
  }

  @Test
  public void thermalStateIsThePowerManagers() {
    Shadows.shadowOf(power).setCurrentThermalStatus(PowerManager.THERMAL_STATUS_SEVERE);
    assertEquals(Integer.valueOf(3), platform.thermal().status());
    ScriptedPowerManager.headroom = 0.75f;
    assertEquals(Float.valueOf(0.75f), platform.thermal().headroom());
    for (float unknown : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      ScriptedPowerManager.headroom = unknown;
      assertNull(platform.thermal().headroom());
    }
  }

  @Test
  public void olderAndroidsTellNoThermalState() {
    ScriptedPowerManager.headroom = 0.75f;
    version.set(29);
    assertEquals(Integer.valueOf(0), platform.thermal().status());
    assertNull(platform.thermal().headroom());
    version.set(28);
    assertNull(platform.thermal().status());
  }

  @Test
  public void theRecoveryCopyLiesWhereTheShellCanReadIt() {
    File media = new File("/storage/emulated/0/Android/media/io.elbench.runner");
    assertEquals(new File(media, "L1.jsonl"), with(media).recoveryFile("L1"));
    assertNull(with().recoveryFile("L1"));
    assertNull(with((File) null).recoveryFile("L1"));
  }

  @Test
  public void olderAndroidsKeepTheRecoveryCopyInTheCache() {
    version.set(28);
    assertEquals(new File(context.getExternalCacheDir(), "L1.jsonl"), with().recoveryFile("L1"));
  }

  /** A phone with these media folders. */
  private AndroidPlatform with(File... media) {
    Context phone =
        new ContextWrapper(context) {
          @Override
          @SuppressWarnings("deprecation") // as in AndroidPlatform
          public File[] getExternalMediaDirs() {
            return media;
          }
        };
    return new AndroidPlatform(phone, new StreamRecorder());
  }

  @Test
  public void heapsNameTheirSources() {
    Heaps heaps = platform.heaps();
    assertTrue(heaps.nativeHeapKib() >= 0);
    assertTrue(heaps.pssKib() >= 0);
    assertEquals("Debug.getNativeHeapAllocatedSize", heaps.nativeHeapSource());
    assertEquals("Debug.getPss", heaps.pssSource());
  }

  @Test
  public void base64HasNoLineBreaks() {
    byte[] data = new byte[1000];
    String encoded = platform.base64().encode(data);
    assertArrayEquals(data, Base64.getDecoder().decode(encoded));
  }

  @Test
  public void theRuntimeIsPyTorchMobile() {
    assertEquals("pytorch_mobile", platform.engine().runtime());
    assertTrue(platform.engine().version().startsWith("1."));
  }
}
