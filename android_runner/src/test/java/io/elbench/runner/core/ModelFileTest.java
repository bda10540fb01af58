package io.elbench.runner.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public final class ModelFileTest {

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  @Test
  public void aFileIsKnownByItsHash() throws IOException {
    byte[] content = TestPhone.archive("m/data.pkl", "weights");
    ModelFile file = verified(content, image(1, 3, 8, 8));
    assertEquals(Files.sha256(content), file.sha256);
    assertEquals(content.length, file.file.length());
  }

  @Test
  public void theHashOfALongFileIsThatOfAllItsBytes() throws IOException {
    byte[] content = new byte[200_000];
    Arrays.fill(content, (byte) 'e');
    File file = new TestPhone(folder.getRoot()).write("long", content);
    assertEquals(Files.sha256(content), Files.sha256(file));
    assertEquals(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        Files.sha256("abc".getBytes("US-ASCII")));
  }

  @Test
  public void everyStatedInputMustBeTheRequestedOne() throws IOException {
    String two = "{\"inputs\": [{\"shape\": [1, 3]}, {\"shape\": [2], \"dtype\": \"float32\"}]}";
    byte[] content = TestPhone.archive("m/extra/elbench.json", two);
    verified(content, image(1, 3), image(2));
    for (Request.Input[] others :
        new Request.Input[][] {{image(1, 3)}, {image(2), image(1, 3)}, {image(1, 3), image(1, 2)}, {}}) {
      UnusableModel refusal =
          assertThrows(UnusableModel.class, () -> verified(content, others));
      assertEquals(0, refusal.getMessage().indexOf("tiny takes 1x3, 2 float32, the request gives "));
    }
  }

  @Test
  public void aStatementWithoutEndIsRefusedAndNotReadToItsEnd() throws IOException {
    String end = "{\"inputs\": [{\"shape\": [1]}]}";
    byte[] endless = TestPhone.archive("m/extra/elbench.json", new String(new char[1 << 20]) + end);
    UnusableModel refusal = assertThrows(UnusableModel.class, () -> verified(endless, image(1)));
    assertTrue(refusal.getMessage(), refusal.getMessage().contains("export it again"));
    InputStream zeros = new ByteArrayInputStream(new byte[1 << 20]);
    assertTrue(Files.bytes(zeros, 10).length < 1 << 17);
  }

  @Test
  public void aRecordOfAnotherNameStatesNothing() throws IOException {
    verified(TestPhone.archive("m/extra/other.json", "{\"inputs\": []}"), image(1));
  }

  @Test
  public void anArchiveCutShortIsLeftToTheRuntimeWhichSaysMore() throws IOException {
    byte[] whole = TestPhone.archive("m/extra/elbench.json", "{\"inputs\": []}");
    verified(Arrays.copyOf(whole, whole.length - 30), image(1));
  }

  private ModelFile verified(byte[] content, Request.Input... inputs) throws IOException {
    File file = new TestPhone(folder.getRoot()).write("m.ptl", content);
    return ModelFile.verified(
        new PhoneStorage(),
        new Request.Model(
            "tiny", "pytorch_mobile", file.getPath(), Files.sha256(content), Arrays.asList(inputs), "none"));
  }

  private static Request.Input image(long... shape) {
    return new Request.Input("/i.bin", shape, false);
  }
}
