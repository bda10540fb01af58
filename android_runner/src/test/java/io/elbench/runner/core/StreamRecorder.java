package io.elbench.runner.core;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The other end of a stream: joins parts and decodes events, as the harness does. */
public final class StreamRecorder implements EventSink {

  public final List<JsonObject> envelopes = new ArrayList<>();
  public final List<Integer> lengths = new ArrayList<>();
  public JsonObject result;
  private final StringBuilder parts = new StringBuilder();

  @Override
  public void status(String key, String value) {
    if (result != null) {
      throw new AssertionError("a status behind the result");
    }
    lengths.add(value.length());
    parts.append(value);
    if (key.equals("elbench")) {
      envelopes.add(decode(parts.toString()));
      parts.setLength(0);
    } else if (!key.equals("elbench_part")) {
      throw new AssertionError("no status is called " + key);
    }
  }

  @Override
  public void result(String key, String value) {
    if (!key.equals("elbench") || result != null || parts.length() > 0) {
      throw new AssertionError("a result " + key + " that ends no stream");
    }
    result = decode(value);
  }

  private static JsonObject decode(String base64) {
    String json = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    return JsonParser.parseString(json).getAsJsonObject();
  }

  public List<JsonObject> bodies() {
    List<JsonObject> bodies = new ArrayList<>();
    for (JsonObject envelope : envelopes) {
      bodies.add(envelope.getAsJsonObject("body"));
    }
    return bodies;
  }

  /** The bodies of one kind of event. */
  public List<JsonObject> bodies(String event) {
    List<JsonObject> found = bodies();
    found.removeIf(body -> !body.get("event").getAsString().equals(event));
    return found;
  }

  /** The only body of one kind of event. */
  public JsonObject body(String event) {
    List<JsonObject> found = bodies(event);
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " events " + event + " in " + order());
    }
    return found.get(0);
  }

  /** Names of the events in their order, and the phases of memory events. */
  public List<String> order() {
    List<String> names = new ArrayList<>();
    for (JsonObject body : bodies()) {
      String name = body.get("event").getAsString();
      names.add(name.equals("memory") ? "memory:" + body.get("phase").getAsString() : name);
    }
    return names;
  }
}
