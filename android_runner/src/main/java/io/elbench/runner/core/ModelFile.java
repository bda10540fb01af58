package io.elbench.runner.core;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A model file, checked before a runtime trusts it. */
final class ModelFile {

  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final String STATED_INPUTS = "/extra/elbench.json";
  private static final int LONGEST_STATEMENT_BYTES = 1 << 16;

  final File file;
  final String sha256;

  private ModelFile(File file, String sha256) {
    this.file = file;
    this.sha256 = sha256;
  }

  /**
   * Finds the file that a request names and checks all that can be checked without a runtime.
   *
   * @throws IOException it cannot be read
   * @throws UnusableModel it is another file, no model, or one for other inputs
   */
  static ModelFile verified(Storage storage, Request.Model wanted) throws IOException {
    File file = storage.readable(wanted.path);
    String sha256 = Files.sha256(file);
    if (!sha256.equals(wanted.sha256)) {
      throw new UnusableModel(
          wanted.path + " has sha256 " + sha256 + ", the request says " + wanted.sha256
              + ": the file arrived damaged, push it again");
    }
    if (wanted.runtime.equals("pytorch_mobile")) { // other runtimes' files are no archives
      requireArchive(wanted.name, file);
      requireStatedInputs(wanted, file);
    }
    return new ModelFile(file, sha256);
  }

  private static void requireArchive(String name, File file) throws IOException {
    byte[] start = new byte[ZIP.length];
    try (InputStream input = new FileInputStream(file)) {
      if (input.read(start) != start.length || !Arrays.equals(start, ZIP)) {
        throw new UnusableModel(
            name + " is no model: it has not even the form of a zip archive; "
                + "export it with _save_for_lite_interpreter");
      }
    }
  }

  /** An optimised model computes silently on a wrong channel count, so what the file states counts. */
  private static void requireStatedInputs(Request.Model wanted, File file) {
    byte[] statement = statement(file);
    if (statement == null) {
      return;
    }
    String stated = statedShapes(wanted.name, statement);
    String requested = shapes(wanted.inputs);
    if (!stated.equals(requested)) {
      throw new UnusableModel(
          wanted.name + " takes " + stated + " float32, the request gives " + requested
              + ": export it again for this shape, or request the right one");
    }
  }

  /** What the file states of its inputs, or null where it states nothing or is damaged. */
  private static byte[] statement(File file) {
    try (ZipFile archive = new ZipFile(file)) {
      Enumeration<? extends ZipEntry> entries = archive.entries();
      while (entries.hasMoreElements()) {
        ZipEntry entry = entries.nextElement();
        if (entry.getName().endsWith(STATED_INPUTS)) {
          return Files.bytes(archive.getInputStream(entry), LONGEST_STATEMENT_BYTES);
        }
      }
    } catch (IOException damaged) {
      return null; // the runtime says more about a damaged archive
    }
    return null;
  }

  private static String statedShapes(String name, byte[] statement) {
    StringBuilder text = new StringBuilder();
    try {
      if (statement.length > LONGEST_STATEMENT_BYTES) {
        throw new BadRequest("no statement is so long");
      }
      String json = new String(statement, StandardCharsets.UTF_8);
      StrictObject stated = new StrictObject("", JsonParser.parseString(json));
      for (StrictObject input : stated.objects("inputs")) {
        text.append(text.length() == 0 ? "" : ", ").append(Shapes.text(input.longs("shape")));
      }
    } catch (BadRequest | JsonParseException error) {
      throw new UnusableModel(
          name + " states its inputs in a form that this runner does not know: export it again", error);
    }
    return text.toString();
  }

  private static String shapes(List<Request.Input> inputs) {
    StringBuilder text = new StringBuilder();
    for (Request.Input input : inputs) {
      text.append(text.length() == 0 ? "" : ", ").append(Shapes.text(input.shape));
    }
    return text.toString();
  }
}
