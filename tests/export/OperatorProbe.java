import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.pytorch.LiteModuleLoader;

/** Loads programs that come on the standard input, each after its length; prints for each what the loader says. */
public final class OperatorProbe {

  public static void main(String[] arguments) throws IOException {
    System.load(arguments[0]);
    System.loadLibrary("pytorch_jni_lite");
    Path file = Paths.get(arguments[1]);
    DataInputStream programs = new DataInputStream(System.in);
    StringBuilder answers = new StringBuilder();
    for (int length = programs.readInt(); length > 0; length = programs.readInt()) {
      byte[] program = new byte[length];
      programs.readFully(program);
      Files.write(file, program);
      answers.append(loaded(file.toString())).append('\n');
    }
    System.out.print(answers);
    System.out.flush();
    System.exit(0); // fbjni's destructor thread is no daemon
  }

  private static String loaded(String file) {
    try {
      LiteModuleLoader.load(file).destroy();
      return "loaded";
    } catch (RuntimeException refused) {
      return refused.getMessage().split("\n")[0];
    }
  }
}
