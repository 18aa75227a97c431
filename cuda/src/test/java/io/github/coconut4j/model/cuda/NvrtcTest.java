package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles the kernels with NVIDIA's NVRTC 13 through the bindings, if it is in the folder that
 * {@code COCONUT4J_NVRTC} names or in an installed toolkit. Needs no GPU; the driver is the shim's.
 */
@OnCudaShim
@Tag("nightly")
class NvrtcTest {

  private static final List<Integer> CAPABILITIES = List.of(75, 80, 86, 90, 100, 120);

  /** Of a major version that NVRTC 13 does not know. */
  private static final int UNKNOWN = 130;

  /** The status of {@code cuInit} without a GPU. */
  private static final int NO_DEVICE = 100;

  private static final String NVRTC = "libnvrtc.so.13";
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  /** Offset and value of the machine, CUDA, in an ELF header. */
  private static final int MACHINE = 18;

  private static final int CUDA = 190;

  @TempDir private Path directory;

  /** Compiles the kernels for each given capability. */
  public static final class Compile {

    private Compile() {}

    /** Takes the capabilities. */
    public static void main(String[] args) {
      CudaLibraries.find(); // loads the bindings
      System.out.println(KernelCompiler.version());
      for (String capability : args) {
        byte[] cubin =
            KernelCompiler.compile(KernelCompiler.source(), Integer.parseInt(capability));
        boolean isElf = ELF[0] == cubin[0] && ELF[1] == cubin[1] && ELF[3] == cubin[3];
        boolean isPtx = new String(cubin, StandardCharsets.US_ASCII).contains("\n.target sm_");
        System.out.println(
            capability
                + (isElf ? " cubin " + (cubin[MACHINE] & 0xff) : isPtx ? " PTX" : " neither"));
      }
    }
  }

  private static Path nvrtc() throws IOException {
    List<Path> folders = new ArrayList<>();
    String named = System.getenv("COCONUT4J_NVRTC");
    if (named != null) {
      folders.add(Path.of(named));
    }
    try (Stream<Path> toolkits = Files.list(Path.of("/usr/local"))) {
      toolkits
          .filter(path -> path.getFileName().toString().startsWith("cuda"))
          .forEach(path -> folders.add(path.resolve("lib64")));
    }
    return folders.stream()
        .filter(folder -> Files.exists(folder.resolve(NVRTC)))
        .findFirst()
        .orElse(null);
  }

  @Test
  void compilesACubinForEveryCapability() throws IOException, InterruptedException {
    Path found = nvrtc();
    assumeTrue(found != null, "there is no NVRTC of CUDA 13");
    try (Stream<Path> libraries = Files.list(found)) {
      for (Path library : libraries.filter(NvrtcTest::isOfNvrtc).toList()) {
        Files.createSymbolicLink(directory.resolve(library.getFileName()), library);
      }
    }
    for (String library :
        List.of("libcuda.so.1", "libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13")) {
      Files.copy(CudaShim.folder().resolve(library), directory.resolve(library));
    }
    List<String> said = compile();

    assertThat(said.get(0)).startsWith("NVRTC 13.");
    List<String> expected =
        CAPABILITIES.stream().map(each -> each + " cubin " + CUDA).collect(Collectors.toList());
    expected.add(UNKNOWN + " PTX");
    assertThat(said.subList(1, said.size())).isEqualTo(expected);
  }

  private static boolean isOfNvrtc(Path library) {
    return library.getFileName().toString().startsWith("libnvrtc");
  }

  private List<String> compile() throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.cachedir=" + directory.resolve("cache"),
                "-cp",
                System.getProperty("java.class.path"),
                Compile.class.getName()));
    CAPABILITIES.forEach(capability -> command.add(String.valueOf(capability)));
    command.add(String.valueOf(UNKNOWN));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().put("LD_LIBRARY_PATH", directory.toString());
    // NVRTC asks a driver that starts for a table of functions, which the shim's does not have.
    builder.environment().put("SHIM_INIT", String.valueOf(NO_DEVICE));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.strip().lines().toList();
  }
}
