package io.elbench.runner.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Launches that end well. */
public final class LaunchTest {

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private TestPhone phone;

  @Before
  public void makePhone() {
    phone = new TestPhone(folder.getRoot());
  }

  @Test
  public void aLaunchStreamsEveryPhaseInTheOrderOfTheContract() throws IOException {
    StreamRecorder stream = phone.run(phone.request());
    assertEquals(
        Arrays.asList(
            "started", "memory:start", "loaded", "memory:loaded", "first", "memory:first", "warmup",
            "memory:warmup", "samples", "memory:steady", "thermal", "output", "memory:end",
            "memory:destroyed", "finished"),
        stream.order());
    assertEquals(
        Arrays.asList("start", "loaded", "first", "warmup", "steady", "end", "destroyed"), phone.phases);
    assertEquals(JsonParser.parseString("{\"ok\":true,\"events\":15}"), stream.result);
    for (int seq = 0; seq < stream.envelopes.size(); seq++) {
      assertEquals(seq, stream.envelopes.get(seq).get("seq").getAsInt());
      assertEquals(TestPhone.LAUNCH, stream.envelopes.get(seq).get("launch").getAsString());
    }
  }

  @Test
  public void everyEventSaysWhatTheEngineDid() throws IOException {
    StreamRecorder stream = phone.run(phone.request());
    JsonObject started = stream.body("started");
    assertEquals("pytorch_mobile", started.get("runtime").getAsString());
    assertEquals("1.12.2", started.get("runtime_version").getAsString());
    assertEquals(2, started.get("threads").getAsInt());
    assertEquals(2, phone.engine.threads);
    assertEquals(7_000_000, stream.body("loaded").get("load_ns").getAsLong());
    assertEquals(1_000_000, stream.body("first").get("duration_ns").getAsLong());
    assertEquals("[1000000,1000000,1000000]", stream.body("warmup").get("durations_ns").toString());
    assertEquals(5, stream.body("samples").getAsJsonArray("start_ns").size());
    assertEquals("{\"status\":1,\"headroom\":0.5,\"event\":\"thermal\"}", stream.body("thermal").toString());
    TimedModel model = (TimedModel) phone.engine.models.get("tiny");
    assertEquals(1 + 3 + 5, model.forwards);
    assertTrue(model.isDestroyed);
  }

  @Test
  public void aBorderHasEveryMemoryValueOrItsReason() throws IOException {
    JsonObject border = phone.run(phone.request()).bodies("memory").get(0);
    assertTrue(border.get("rss_kib").getAsLong() > 1000);
    assertTrue(border.get("hwm_kib").getAsLong() >= border.get("rss_kib").getAsLong());
    assertTrue(border.get("pss_kib").getAsLong() > 1000);
    assertTrue(border.get("java_heap_kib").getAsLong() > 0);
    assertTrue(border.get("native_heap_kib").isJsonNull());
    assertEquals(
        "none: this system has no native heap in a test",
        border.getAsJsonObject("sources").get("native_heap_kib").getAsString());
  }

  @Test
  public void memoryIsSampledWithinPhasesAsOftenAsAskedFor() throws IOException {
    phone.engine.models.put("tiny", new TimedModel(phone.clock, 60_000_000));
    JsonObject request = phone.request();
    request.getAsJsonObject("memory").addProperty("period_ms", 100);
    List<JsonObject> steady = phone.run(request).bodies("memory");
    steady.removeIf(body -> !body.get("phase").getAsString().equals("steady"));
    assertEquals(2 + 1, steady.size());
    long apartNs = steady.get(1).get("at_ns").getAsLong() - steady.get(0).get("at_ns").getAsLong();
    assertEquals(120_000_000, apartNs);
    assertTrue(steady.get(0).get("rss_kib").getAsLong() > 1000);
    JsonObject sources = steady.get(0).getAsJsonObject("sources");
    for (String name : Arrays.asList("pss_kib", "native_heap_kib", "java_heap_kib")) {
      assertTrue(steady.get(0).get(name).isJsonNull());
      assertTrue(sources.get(name).getAsString().startsWith("not read: "));
    }
  }

  @Test
  public void moreSamplesThanOneEventHoldsComeInSeveral() throws IOException {
    JsonObject request = phone.request();
    request.getAsJsonObject("measure").addProperty("min_iterations", 1100);
    request.getAsJsonObject("measure").addProperty("max_iterations", 1100);
    List<Integer> sizes = new ArrayList<>();
    for (JsonObject samples : phone.run(request).bodies("samples")) {
      sizes.add(samples.getAsJsonArray("start_ns").size());
      assertEquals(samples.getAsJsonArray("start_ns").size(), samples.getAsJsonArray("duration_ns").size());
    }
    assertEquals(Arrays.asList(512, 512, 76), sizes);
  }

  @Test
  public void aDuetLoadsBothThenWarmsBothThenMeasuresThemInTurn() throws IOException {
    JsonObject request = TestPhone.request(phone.model("one"), phone.model("two"));
    request.addProperty("block", 2);
    StreamRecorder stream = phone.run(request);
    List<String> names = new ArrayList<>();
    for (JsonObject body : stream.bodies()) {
      if (body.has("model")) {
        names.add(body.get("event").getAsString() + " " + body.get("model").getAsString());
      }
    }
    assertEquals(
        Arrays.asList(
            "loaded one", "loaded two", "first one", "warmup one", "first two", "warmup two",
            "samples one", "samples two", "output one", "output two"),
        names);
    assertEquals("OOTTTTOOOT", inTime(stream));
    assertTrue(stream.result.get("ok").getAsBoolean());
  }

  /** Which model ran when, by its initial. */
  private static String inTime(StreamRecorder stream) {
    List<String> starts = new ArrayList<>();
    for (JsonObject samples : stream.bodies("samples")) {
      for (JsonElement start : samples.getAsJsonArray("start_ns")) {
        starts.add(start.getAsString() + samples.get("model").getAsString().toUpperCase().charAt(0));
      }
    }
    Collections.sort(starts);
    StringBuilder order = new StringBuilder();
    for (String start : starts) {
      order.append(start.charAt(start.length() - 1));
    }
    return order.toString();
  }

  @Test
  public void everyOutputIsGivenBackBeforeTheNextForward() throws IOException {
    phone.run(TestPhone.request(phone.model("one"), phone.model("two")));
    assertEquals(2, phone.engine.models.size());
    for (Model model : phone.engine.models.values()) {
      assertEquals(1, ((TimedModel) model).mostOutputs);
      assertEquals(0, ((TimedModel) model).outputs);
    }
  }

  @Test
  public void theOutputProvesWhatTheModelComputed() throws IOException {
    JsonObject output = phone.run(phone.request()).body("output");
    byte[] values = Base64.getDecoder().decode(output.get("values_f32").getAsString());
    assertEquals(4 * TimedModel.CLASSES, values.length);
    assertEquals(Files.sha256(values), output.get("sha256").getAsString());
    assertEquals("[1,10]", output.get("shape").toString());
    assertEquals(3, output.get("argmax").getAsInt());
  }

  @Test
  public void noMoreOfTheOutputComesBackThanWasAskedFor() throws IOException {
    JsonObject digest = phone.request();
    digest.getAsJsonArray("models").get(0).getAsJsonObject().addProperty("outputs", "digest");
    assertTrue(phone.run(digest).body("output").get("values_f32").isJsonNull());
    TestPhone other = new TestPhone(folder.getRoot());
    JsonObject none = other.request();
    none.getAsJsonArray("models").get(0).getAsJsonObject().addProperty("outputs", "none");
    assertTrue(other.run(none).bodies("output").isEmpty());
    assertTrue(other.stream.result.get("ok").getAsBoolean());
  }

  @Test
  public void aForegroundLaunchShowsItsScreenOnceAndSaysWhetherTheModeIsSustained() throws IOException {
    phone.screen.isSustained = true;
    JsonObject request = phone.request();
    request.addProperty("foreground", true);
    assertTrue(phone.run(request).body("started").get("sustained_mode").getAsBoolean());
    assertEquals(1, phone.screen.shown);
    assertTrue(phone.stream.result.get("ok").getAsBoolean());
  }

  @Test
  public void aBackgroundLaunchShowsNothing() throws IOException {
    phone.screen.isSustained = true;
    phone.screen.visit = 0;
    assertFalse(phone.run(phone.request()).body("started").get("sustained_mode").getAsBoolean());
    assertEquals(0, phone.screen.shown);
    assertTrue(phone.stream.result.get("ok").getAsBoolean());
  }

  @Test
  public void theRecoveryCopyHoldsEveryEvent() throws IOException {
    StreamRecorder stream = phone.run(phone.request());
    JsonArray copied = new JsonArray();
    for (String line : Files.text(phone.recovery).split("\n")) {
      copied.add(JsonParser.parseString(line));
    }
    assertEquals(stream.envelopes.size(), copied.size());
    for (int seq = 0; seq < copied.size(); seq++) {
      assertEquals(stream.envelopes.get(seq), copied.get(seq));
    }
  }

  @Test
  public void aRecoveryCopyThatCannotBeWrittenLosesNothing() throws IOException {
    for (File place : new File[] {null, new File("/proc/none/x.jsonl"), new File("/dev/full")}) {
      TestPhone other = new TestPhone(folder.getRoot());
      other.recovery = place;
      StreamRecorder stream = other.run(other.request());
      assertEquals(15, stream.envelopes.size());
      assertTrue(stream.result.get("ok").getAsBoolean());
    }
  }

  @Test
  public void aModelThatStatesTheRequestedShapeIsTaken() throws IOException {
    byte[] stating =
        TestPhone.archive("m/extra/elbench.json", "{\"inputs\": [{\"shape\": [1, 2], \"dtype\": \"float32\"}]}");
    assertTrue(
        phone.run(TestPhone.request(phone.model("stating", stating))).result.get("ok").getAsBoolean());
  }
}
