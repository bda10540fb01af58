package io.elbench.runner.core;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A JSON object of which every key must be asked for, and every value must have the asked-for type. */
final class StrictObject {

  private final String place;
  private final JsonObject object;
  private final Set<String> asked = new HashSet<>();

  /**
   * @param place of this object in the document, empty for the document itself
   * @throws BadRequest it is no object
   */
  StrictObject(String place, JsonElement element) {
    this.place = place;
    if (!element.isJsonObject()) {
      throw new BadRequest(place.isEmpty() ? "it must be an object" : place + ": it must be an object");
    }
    this.object = element.getAsJsonObject();
  }

  boolean has(String key) {
    asked.add(key);
    return object.has(key);
  }

  boolean isNull(String key) {
    return has(key) && object.get(key).isJsonNull();
  }

  StrictObject object(String key) {
    return new StrictObject(path(key), value(key));
  }

  List<JsonElement> list(String key) {
    JsonElement value = value(key);
    if (!value.isJsonArray()) {
      throw wrong(key, "a list");
    }
    List<JsonElement> elements = new ArrayList<>();
    for (JsonElement element : value.getAsJsonArray()) {
      elements.add(element);
    }
    return elements;
  }

  /** The objects of a list. */
  List<StrictObject> objects(String key) {
    List<StrictObject> objects = new ArrayList<>();
    for (JsonElement element : list(key)) {
      objects.add(new StrictObject(path(key) + "." + objects.size(), element));
    }
    return objects;
  }

  String string(String key) {
    JsonPrimitive value = primitive(key, "a string");
    if (!value.isString()) {
      throw wrong(key, "a string");
    }
    return value.getAsString();
  }

  /** A string out of a few. */
  String choice(String key, String... allowed) {
    String value = string(key);
    if (!Arrays.asList(allowed).contains(value)) {
      throw wrong(key, "one of " + String.join(", ", allowed));
    }
    return value;
  }

  boolean bool(String key) {
    JsonPrimitive value = primitive(key, "true or false");
    if (!value.isBoolean()) {
      throw wrong(key, "true or false");
    }
    return value.getAsBoolean();
  }

  /** A duration in seconds. */
  double seconds(String key) {
    JsonPrimitive value = primitive(key, "a number");
    if (!value.isNumber()) {
      throw wrong(key, "a number");
    }
    double seconds = value.getAsDouble();
    if (seconds < 0 || Double.isInfinite(seconds)) {
      throw wrong(key, "a number of seconds, at least 0 and finite");
    }
    return seconds;
  }

  int integer(String key) {
    return integer(path(key), value(key));
  }

  long[] longs(String key) {
    List<JsonElement> elements = list(key);
    long[] values = new long[elements.size()];
    for (int index = 0; index < values.length; index++) {
      values[index] = integer(path(key) + "." + index, elements.get(index));
    }
    return values;
  }

  /**
   * Ends the reading of this object.
   *
   * @throws BadRequest it has a key that was not asked for
   */
  void refuseOtherKeys() {
    for (String key : object.keySet()) {
      if (!asked.contains(key)) {
        throw new BadRequest(path(key) + ": this runner knows no such key");
      }
    }
  }

  private static int integer(String path, JsonElement value) {
    boolean isNumber = value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber();
    boolean isInteger = isNumber && value.getAsString().matches("\\d{1,10}");
    if (!isInteger || value.getAsLong() > Integer.MAX_VALUE) {
      throw new BadRequest(path + ": it must be an integer from 0 to " + Integer.MAX_VALUE);
    }
    return value.getAsInt();
  }

  private JsonElement value(String key) {
    if (!has(key)) {
      throw new BadRequest(path(key) + ": this key is missing");
    }
    return object.get(key);
  }

  private JsonPrimitive primitive(String key, String what) {
    JsonElement value = value(key);
    if (!value.isJsonPrimitive()) {
      throw wrong(key, what);
    }
    return value.getAsJsonPrimitive();
  }

  private BadRequest wrong(String key, String what) {
    return new BadRequest(path(key) + ": it must be " + what);
  }

  private String path(String key) {
    return place.isEmpty() ? key : place + "." + key;
  }
}
