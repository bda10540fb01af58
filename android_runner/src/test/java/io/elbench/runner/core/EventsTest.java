package io.elbench.runner.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.Test;

public final class EventsTest {

  private static final String[] MEMORY_VALUES = {
    "rss_kib", "swap_kib", "hwm_kib", "pss_kib", "native_heap_kib", "java_heap_kib"
  };

  private final StreamRecorder recorder = new StreamRecorder();

  @Test
  public void everyEventIsWrittenAsInTheExamples() throws IOException {
    Set<String> kinds = new HashSet<>();
    for (JsonObject envelope : SharedExamples.envelopes()) {
      JsonObject body = envelope.getAsJsonObject("body");
      kinds.add(body.get("event").getAsString());
      if (!body.get("event").getAsString().equals("error")) {
        assertEquals(body, written(again(body)));
      }
    }
    assertEquals(
        new HashSet<>(
            Arrays.asList(
                "started", "loaded", "first", "warmup", "samples", "memory", "thermal", "output",
                "predicted", "evaluated", "error", "finished")),
        kinds);
  }

  @Test
  public void anErrorHasTheFieldsOfTheExamples() throws IOException {
    StageFailed failed = new StageFailed("load", new UnusableModel("export it\nagain"));
    JsonObject error = written(Events.error(failed));
    for (JsonObject envelope : SharedExamples.envelopes()) {
      JsonObject body = envelope.getAsJsonObject("body");
      if (body.get("event").getAsString().equals("error")) {
        assertEquals(body.keySet(), error.keySet());
      }
    }
    assertEquals("load", error.get("stage").getAsString());
    assertEquals("UnusableModel", error.get("kind").getAsString());
    assertEquals("export it", error.get("message").getAsString());
    assertTrue(error.get("stack").getAsString().contains("\tat " + getClass().getName()));
  }

  @Test
  public void whatAPhoneDoesNotKnowIsNullAndNotLeftOut() throws IOException {
    assertEquals(
        JsonParser.parseString("{\"status\":null,\"headroom\":null,\"event\":\"thermal\"}"),
        written(Events.thermal(null, null)));
    assertTrue(written(Events.output("m", "0", new long[0], 0, null)).get("values_f32").isJsonNull());
  }

  @Test
  public void eventsAreNumberedStampedAndCounted() {
    SteppedClock clock = new SteppedClock();
    EventStream stream = stream(clock);
    stream.emit(Events.first("m", 12));
    clock.atNs += 5;
    stream.finish(true);
    assertEquals("[0, 1]", numbers("seq"));
    assertEquals("[1000000000000, 1000000000005]", numbers("t_ns"));
    assertEquals("é\"\n<launch>", recorder.envelopes.get(1).get("launch").getAsString());
    assertEquals(2, recorder.body("finished").get("events").getAsLong());
    assertEquals(JsonParser.parseString("{\"ok\":true,\"events\":2}"), recorder.result);
  }

  @Test
  public void aLongEventComesInPartsThatJoinToIt() {
    long[] durationsNs = new long[Warmup.MAX_ITERATIONS];
    Arrays.fill(durationsNs, 2_170_000L);
    EventStream stream = stream(new SteppedClock());
    stream.emit(Events.warmup("m", durationsNs, true, "ema"));
    stream.emit(Events.first("m", 1));
    assertEquals(
        Warmup.MAX_ITERATIONS, recorder.body("warmup").getAsJsonArray("durations_ns").size());
    assertTrue(recorder.lengths.size() > 3);
    for (int length : recorder.lengths) {
      assertTrue(length > 0 && length <= EventStream.CHARACTERS_PER_STATUS);
    }
  }

  @Test
  public void anEventThatJustFitsComesInOne() {
    int spare = 0;
    for (int length : new int[] {EventStream.CHARACTERS_PER_STATUS, EventStream.CHARACTERS_PER_STATUS + 4}) {
      StreamRecorder one = new StreamRecorder();
      Base64Encoder padded = data -> Base64.getEncoder().encodeToString(filled(data, length / 4 * 3));
      new EventStream("l", new SteppedClock(), padded, one, RecoveryCopy.in(null))
          .emit(Events.first("m", 1));
      assertEquals(1 + spare, one.lengths.size());
      spare++;
    }
  }

  /** The same JSON with blanks behind it. */
  private static byte[] filled(byte[] json, int size) {
    byte[] filled = Arrays.copyOf(json, size);
    Arrays.fill(filled, json.length, size, (byte) ' ');
    return filled;
  }

  private EventStream stream(Clock clock) {
    return new EventStream(
        "é\"\n<launch>", clock, Base64.getEncoder()::encodeToString, recorder, RecoveryCopy.in((File) null));
  }

  private String numbers(String key) {
    StringBuilder text = new StringBuilder();
    for (JsonObject envelope : recorder.envelopes) {
      text.append(text.length() == 0 ? "[" : ", ").append(envelope.get(key));
    }
    return text + "]";
  }

  private static JsonObject written(Event event) throws IOException {
    StringWriter text = new StringWriter();
    event.write(new JsonWriter(text));
    return JsonParser.parseString(text.toString()).getAsJsonObject();
  }

  /** The runner's own event for an example. */
  private static Event again(JsonObject body) {
    String model = body.has("model") ? body.get("model").getAsString() : null;
    switch (body.get("event").getAsString()) {
      case "started":
        return started(body);
      case "loaded":
        return Events.loaded(model, body.get("load_ns").getAsLong(), body.get("sha256").getAsString());
      case "first":
        return Events.first(model, body.get("duration_ns").getAsLong());
      case "warmup":
        return Events.warmup(
            model, longs(body, "durations_ns"), body.get("converged").getAsBoolean(), text(body, "rule"));
      case "samples":
        return Events.samples(model, longs(body, "start_ns"), longs(body, "duration_ns"));
      case "memory":
        return Events.memory(memory(body));
      case "thermal":
        return Events.thermal(
            isNull(body, "status") ? null : body.get("status").getAsInt(),
            isNull(body, "headroom") ? null : body.get("headroom").getAsFloat());
      case "output":
        return Events.output(
            model, text(body, "sha256"), longs(body, "shape"), body.get("argmax").getAsInt(),
            text(body, "values_f32"));
      case "evaluated":
        return Events.evaluated(
            model, body.get("count").getAsInt(), body.get("sha256").getAsString());
      case "predicted":
        return Events.predicted(
            model, body.get("first").getAsInt(), body.get("best").getAsInt(), longs(body, "classes"),
            longs(body, "not_finite"));
      case "finished":
        return Events.finished(body.get("events").getAsLong());
      default:
        throw new AssertionError("no event is called " + body.get("event"));
    }
  }

  private static Event started(JsonObject body) {
    ProcessFacts facts =
        new ProcessFacts(
            text(body, "runner"), text(body, "abi"), body.get("api").getAsInt(),
            body.get("page_size").getAsLong(), body.get("sustained_mode").getAsBoolean(),
            body.get("debuggable").getAsBoolean(), body.get("pid").getAsLong(), text(body, "cpuset"),
            longs(body, "affinity"));
    return Events.started(
        facts, text(body, "runtime"), text(body, "runtime_version"), body.get("threads").getAsInt());
  }

  private static MemoryReading memory(JsonObject body) {
    MemoryReading reading = new MemoryReading(text(body, "phase"), body.get("at_ns").getAsLong());
    Map<String, JsonElement> sources = body.getAsJsonObject("sources").asMap();
    for (String name : MEMORY_VALUES) {
      String source = sources.get(name).getAsString();
      if (isNull(body, name)) {
        reading.leaveOut(name, source);
      } else {
        reading.add(name, body.get(name).getAsLong(), source);
      }
    }
    return reading;
  }

  private static boolean isNull(JsonObject body, String key) {
    return body.get(key).isJsonNull();
  }

  private static String text(JsonObject body, String key) {
    return isNull(body, key) ? null : body.get(key).getAsString();
  }

  private static long[] longs(JsonObject body, String key) {
    JsonArray array = body.getAsJsonArray(key);
    long[] values = new long[array.size()];
    for (int index = 0; index < values.length; index++) {
      values[index] = array.get(index).getAsLong();
    }
    return values;
  }
}
