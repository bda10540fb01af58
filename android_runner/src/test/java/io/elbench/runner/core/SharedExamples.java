package io.elbench.runner.core;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The examples in tests/contract, which the Python sides of the contract are tested with too. */
final class SharedExamples {

  private static final File FOLDER =
      new File(System.getProperty("elbench.repository", ".."), "tests/contract");

  private SharedExamples() {}

  /** All files of a folder with an ending, sorted; never none. */
  static List<File> files(String folder, String ending) {
    File[] files = new File(FOLDER, folder).listFiles((parent, name) -> name.endsWith(ending));
    if (files == null || files.length == 0) {
      throw new AssertionError("no *" + ending + " in " + new File(FOLDER, folder));
    }
    Arrays.sort(files);
    return Arrays.asList(files);
  }

  static String text(String name) throws IOException {
    return Files.text(new File(FOLDER, name));
  }

  static JsonElement json(String name) throws IOException {
    return JsonParser.parseString(text(name));
  }

  /** All events of all example streams. */
  static List<JsonObject> envelopes() throws IOException {
    List<JsonObject> envelopes = new ArrayList<>();
    for (File stream : files("", ".jsonl")) {
      for (String line : Files.text(stream).split("\n")) {
        envelopes.add(JsonParser.parseString(line).getAsJsonObject());
      }
    }
    return envelopes;
  }
}
