package io.elbench.runner.core;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/** A launch's events: numbered, stamped, to {@code am} and at the same time into the recovery copy. */
final class EventStream {

  /** Of base64; Android's binder gives a process one megabyte for all that is under way. */
  static final int CHARACTERS_PER_STATUS = 65536;

  private static final String KEY = "elbench";
  private static final String KEY_OF_PART = "elbench_part";

  private final String launch;
  private final Clock clock;
  private final Base64Encoder base64;
  private final EventSink sink;
  private final RecoveryCopy copy;
  private long seq;

  EventStream(
      String launch, Clock clock, Base64Encoder base64, EventSink sink, RecoveryCopy copy) {
    this.launch = launch;
    this.clock = clock;
    this.base64 = base64;
    this.sink = sink;
    this.copy = copy;
  }

  /** Sends one event. Never called between two timed iterations. */
  void emit(Event event) {
    String envelope = json(json -> writeEnvelope(json, event));
    String encoded = base64.encode(envelope.getBytes(StandardCharsets.UTF_8));
    seq++; // only now: an event too large for memory leaves no gap
    copy.append(envelope);
    send(encoded);
  }

  /** Sends {@code finished} and the result that ends the stream. */
  void finish(boolean ok) {
    emit(Events.finished(seq + 1));
    copy.close();
    String result = json(json -> json.beginObject().name("ok").value(ok).name("events").value(seq).endObject());
    sink.result(KEY, base64.encode(result.getBytes(StandardCharsets.UTF_8)));
  }

  private void send(String encoded) {
    int start = 0;
    for (; encoded.length() - start > CHARACTERS_PER_STATUS; start += CHARACTERS_PER_STATUS) {
      sink.status(KEY_OF_PART, encoded.substring(start, start + CHARACTERS_PER_STATUS));
    }
    sink.status(KEY, encoded.substring(start));
  }

  private void writeEnvelope(JsonWriter json, Event event) throws IOException {
    json.beginObject();
    json.name("launch").value(launch);
    json.name("seq").value(seq);
    json.name("t_ns").value(clock.nowNs());
    event.write(json.name("body"));
    json.endObject();
  }

  private static String json(Event.Fields content) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setHtmlSafe(false);
      content.write(json);
    } catch (IOException impossible) {
      throw new IllegalStateException("a string can always be written to", impossible);
    }
    return text.toString();
  }
}
