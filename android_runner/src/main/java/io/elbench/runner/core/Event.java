package io.elbench.runner.core;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/** One event of the contract, able to write its fields; {@link Events} makes them. */
final class Event {

  /** Writes fields into an open object. */
  interface Fields {
    void write(JsonWriter json) throws IOException;
  }

  private final String name;
  private final Fields fields;

  Event(String name, Fields fields) {
    this.name = name;
    this.fields = fields;
  }

  void write(JsonWriter json) throws IOException {
    json.beginObject();
    fields.write(json);
    json.name("event").value(name);
    json.endObject();
  }
}
