package io.elbench.runner.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.Base64;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Launches that fail: each says in which stage, and what to do. */
public final class FailedLaunchTest {

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private TestPhone phone;

  @Before
  public void makePhone() {
    phone = new TestPhone(folder.getRoot());
  }

  @Test
  public void aLaunchWithoutARequestSaysHowToNameOne() {
    Runner.run(null, phone);
    assertFailed("request", "BadRequest", "am instrument -e request PATH");
    assertEquals("", phone.stream.envelopes.get(0).get("launch").getAsString());
  }

  @Test
  public void aMissingRequestIsNamed() {
    Runner.run(folder.getRoot() + "/launches/none/request.json", phone);
    assertFailed("request", "FileNotFoundException", "/launches/none/request.json");
    assertEquals("none", phone.stream.envelopes.get(0).get("launch").getAsString());
  }

  @Test
  public void aRequestThatIsAFolderCannotBeRead() {
    Runner.run(folder.getRoot().getPath(), phone);
    assertFailed("request", "IOException", "push it with mode 0644");
  }

  @Test
  public void aBrokenRequestIsRefused() throws IOException {
    phone.run("{");
    assertFailed("request", "BadRequest", "it is not JSON");
  }

  @Test
  public void theRequestOfAnotherLaunchIsRefused() throws IOException {
    JsonObject request = phone.request();
    request.addProperty("launch", "another");
    phone.run(request);
    assertFailed("request", "BadRequest", "is the request of launch another");
  }

  @Test
  public void aMissingModelIsNamed() throws IOException {
    phone.run(changed("path", "/nowhere/tiny.ptl"));
    assertFailed("load", "FileNotFoundException", "there is no file /nowhere/tiny.ptl");
  }

  @Test
  public void aDamagedModelIsNoticedByItsHash() throws IOException {
    phone.run(changed("sha256", "0000"));
    assertFailed("load", "UnusableModel", "the request says 0000: the file arrived damaged, push it again");
  }

  @Test
  public void aFileThatIsNoArchiveIsNoModel() throws IOException {
    for (String content : new String[] {"no model at all", "PK", ""}) {
      TestPhone other = phone = new TestPhone(folder.getRoot());
      other.run(TestPhone.request(other.model("garbage", content.getBytes("UTF-8"))));
      assertFailed("load", "UnusableModel", "garbage is no model: ");
      assertTrue(message().contains("_save_for_lite_interpreter"));
    }
  }

  @Test
  public void aModelForOtherInputsIsRefusedBeforeItRuns() throws IOException {
    byte[] stating =
        TestPhone.archive("m/data.pkl", "", "m/extra/elbench.json", "{\"inputs\": [{\"shape\": [1, 3, 8, 8]}]}");
    phone.run(TestPhone.request(phone.model("stating", stating)));
    assertFailed("load", "UnusableModel", "stating takes 1x3x8x8 float32, the request gives 1x2");
    assertTrue(phone.engine.models.isEmpty());
  }

  @Test
  public void anUnreadableStatementIsAReasonToExportAgain() throws IOException {
    for (String statement : new String[] {"{", "[]", "{}", "{\"inputs\": 3}", "{\"inputs\": [{}]}"}) {
      TestPhone other = phone = new TestPhone(folder.getRoot());
      byte[] stating = TestPhone.archive("m/extra/elbench.json", statement);
      other.run(TestPhone.request(other.model("stating", stating)));
      assertFailed("load", "UnusableModel", "export it again");
    }
  }

  @Test
  public void aMissingInputIsNamed() throws IOException {
    JsonObject request = phone.request();
    input(request).addProperty("path", "/nowhere/i.bin");
    phone.run(request);
    assertFailed("input", "FileNotFoundException", "there is no file /nowhere/i.bin");
  }

  @Test
  public void anInputOfTheWrongSizeIsRefused() throws IOException {
    JsonObject request = phone.request();
    input(request).add("shape", JsonParser.parseString("[1, 3, 2]"));
    phone.run(request);
    assertFailed("input", "IOException", "has 8 bytes, an input of 1x3x2 float32 has 24");
  }

  @Test
  public void aShapeBeyondWhatMemoryCountsIsRefused() throws IOException {
    JsonObject request = phone.request();
    input(request).add("shape", JsonParser.parseString("[70000, 70000, 70000, 70000, 70000]"));
    phone.run(request);
    assertFailed("input", "UnusableModel", "an input of 70000x70000x70000x70000x70000 float32 is larger than");
  }

  @Test
  public void whateverAForwardThrowsIsReported() throws IOException {
    phone.engine.models.put("tiny", throwing(new IllegalStateException("Expected 3 channels\nbacktrace")));
    phone.run(phone.request());
    assertFailed("first", "IllegalStateException", "Expected 3 channels");
    assertFalse(message().contains("backtrace"));
  }

  @Test
  public void aFullJavaHeapIsReported() throws IOException {
    phone.engine.models.put("tiny", throwing(new OutOfMemoryError("Java heap space")));
    phone.run(phone.request());
    assertFailed("first", "OutOfMemoryError", "out of memory on the Java heap (Java heap space)");
  }

  @Test
  public void aRuntimeWhoseLibrariesDoNotLoadIsReported() throws IOException {
    phone.missingLibrary = new UnsatisfiedLinkError("dlopen failed: libpytorch_jni_lite.so is 64-bit");
    phone.run(phone.request());
    assertFailed("start", "UnsatisfiedLinkError", "install the APK for this ABI");
  }

  @Test
  public void aRequestForMoreIterationsThanMemoryHoldsIsRefused() throws IOException {
    JsonObject request = phone.request();
    request.getAsJsonObject("measure").addProperty("max_iterations", Integer.MAX_VALUE);
    phone.run(request);
    assertFailed("steady", "OutOfMemoryError", "fewer iterations");
  }

  @Test
  public void aModelThatReturnsNoTensorIsReported() throws IOException {
    phone.engine.models.put(
        "tiny",
        new TimedModel(phone.clock, 1) {
          @Override
          public OutputValues output() {
            throw new UnusableModel("tiny does not return a tensor");
          }
        });
    phone.run(phone.request());
    assertFailed("output", "UnusableModel", "tiny does not return a tensor");
  }

  @Test
  public void anOutputTooLargeToSendIsReportedWithoutAGap() throws IOException {
    phone.base64 =
        data -> {
          if (data.length == 4 * TimedModel.CLASSES) {
            throw new OutOfMemoryError("Failed to allocate");
          }
          return Base64.getEncoder().encodeToString(data);
        };
    phone.run(phone.request());
    assertFailed("output", "OutOfMemoryError", "out of memory");
  }

  @Test
  public void anEventTooLargeToSendIsReportedWithoutAGap() throws IOException {
    boolean[] isDone = {false};
    phone.base64 =
        data -> {
          if (isWarmupOnce(data, isDone)) {
            throw new OutOfMemoryError("Failed to allocate");
          }
          return Base64.getEncoder().encodeToString(data);
        };
    phone.run(phone.request());
    assertFailed("launch", "OutOfMemoryError", "out of memory");
  }

  private static boolean isWarmupOnce(byte[] data, boolean[] isDone) {
    boolean isWarmup = !isDone[0] && new String(data).contains("\"event\":\"warmup\"");
    isDone[0] |= isWarmup;
    return isWarmup;
  }

  @Test
  public void aModelOfSeveralInputsHasNoAccuracy() throws IOException {
    JsonObject request = phone.request();
    request.getAsJsonArray("models").get(0).getAsJsonObject().getAsJsonArray("inputs").add(input(request));
    phone.run(TestPhone.evaluating(request, phone.images("one", 1)));
    assertFailed("evaluate", "UnusableModel", "tiny has 2 inputs; accuracy needs a model with one");
  }

  @Test
  public void fewerInputsThanAnnouncedAreRefused() throws IOException {
    JsonObject images = phone.images("two", 1, 2);
    images.addProperty("count", 3);
    phone.run(TestPhone.evaluating(phone.request(), images));
    assertFailed("evaluate", "IOException", "has 16 bytes, 3 inputs of 8 bytes were announced");
  }

  @Test
  public void otherInputsThanAnnouncedAreRefusedBeforeTheModelSeesThem() throws IOException {
    JsonObject images = phone.images("two", 1, 2);
    images.addProperty("sha256", "0000");
    phone.run(TestPhone.evaluating(phone.request(), images));
    assertFailed("evaluate", "IOException", "the request says 0000: the file arrived damaged");
    assertTrue(phone.stream.bodies("predicted").isEmpty());
  }

  @Test
  public void aScreenThatDoesNotBecomeVisibleEndsTheStart() throws IOException {
    phone.screen.refusal = "unlock the phone";
    JsonObject request = phone.request();
    request.addProperty("foreground", true);
    phone.run(request);
    assertFailed("start", "IllegalStateException", "unlock the phone");
  }

  @Test
  public void aScreenThatWasLeftSpoilsTheMeasurement() throws IOException {
    phone.screen.visit = 0;
    JsonObject request = phone.request();
    request.addProperty("foreground", true);
    phone.run(request);
    assertFailed("steady", "IllegalStateException", "leave the phone alone, run again");
    assertTrue(phone.stream.bodies("samples").isEmpty());
  }

  @Test
  public void aScreenThatWasCoveredForAMomentSpoilsItToo() throws IOException {
    phone.screen.isCoveredForAMoment = true;
    JsonObject request = phone.request();
    request.addProperty("foreground", true);
    phone.run(request);
    assertFailed("steady", "IllegalStateException", "leave the phone alone, run again");
  }

  @Test
  public void theRecoveryCopyOfAFailedLaunchHoldsItsError() throws IOException {
    phone.run("{");
    String[] lines = Files.text(phone.recovery).split("\n");
    assertEquals(phone.stream.envelopes.size(), lines.length);
    assertEquals(phone.stream.envelopes.get(0), JsonParser.parseString(lines[0]));
  }

  private TimedModel throwing(Throwable thrown) {
    return new TimedModel(phone.clock, 1) {
      @Override
      public void forward() {
        if (thrown instanceof Error) {
          throw (Error) thrown;
        }
        throw (RuntimeException) thrown;
      }
    };
  }

  private JsonObject changed(String key, String value) throws IOException {
    JsonObject request = phone.request();
    request.getAsJsonArray("models").get(0).getAsJsonObject().addProperty(key, value);
    return request;
  }

  private static JsonObject input(JsonObject request) {
    JsonObject model = request.getAsJsonArray("models").get(0).getAsJsonObject();
    return model.getAsJsonArray("inputs").get(0).getAsJsonObject();
  }

  private String message() {
    return phone.stream.body("error").get("message").getAsString();
  }

  /** One error, only finished behind it, no gap, in a result that is not ok. */
  private void assertFailed(String stage, String kind, String words) {
    StreamRecorder stream = phone.stream;
    JsonObject error = stream.body("error");
    assertEquals(error.toString(), stage, error.get("stage").getAsString());
    assertEquals(error.toString(), kind, error.get("kind").getAsString());
    assertTrue(message(), message().contains(words));
    assertFalse(message(), message().contains("\n"));
    int events = stream.envelopes.size();
    assertEquals("error", stream.order().get(events - 2));
    assertEquals("finished", stream.order().get(events - 1));
    assertEquals(events, stream.body("finished").get("events").getAsInt());
    for (int seq = 0; seq < events; seq++) {
      assertEquals(seq, stream.envelopes.get(seq).get("seq").getAsInt());
    }
    assertEquals(JsonParser.parseString("{\"ok\":false,\"events\":" + events + "}"), stream.result);
  }
}
