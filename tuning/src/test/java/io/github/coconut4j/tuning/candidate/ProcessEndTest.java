package io.github.coconut4j.tuning.candidate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The recorded output and end of a process, for any output. */
@Timeout(60)
class ProcessEndTest {

  private static final Path LOG = Path.of("candidate", "log.txt");

  /** The end of a shell that runs a script, as {@link ProcessTrainer} sees it. */
  private static String cause(String script) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", script).start();
    OutputTail output = OutputTail.of(process);
    int status = process.waitFor();
    String cause = new ProcessEnd(output.text(), status, LOG).cause();
    assertThat(cause).isNotBlank().hasSizeLessThan(3000).doesNotContainPattern("\\p{Cc}");
    return cause;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yes onednn_verbose,exec,cpu | head -c 3000000",
        "head -c 3000000 /dev/zero", // no line ever ends
        "head -c 3000000 /dev/urandom", // no text
      })
  void howeverMuchIsPrintedTheProcessEndsAndItsCauseIsFound(String noise) throws Exception {
    String said = "printf '\\ncoconut4j-cause: No room.\\n'";

    assertThat(cause(noise + "; " + said + "; exit 1")).isEqualTo("No room.");
    assertThat(cause(said + "; head -c 60000 /dev/zero; exit 1")).isEqualTo("No room.");
    assertThat(cause(noise + "; exit 1")).startsWith("its process ended with status 1");
  }

  @Test
  void aProcessThatClosesItsOutputOrLeavesItToAnotherIsNotWaitedForForEver() throws Exception {
    assertThat(cause("exec 1>&-; exit 4")).isEqualTo("its process ended with status 4; see " + LOG);
    assertThat(cause("sleep 30 & printf 'lost it'; exit 5"))
        .isEqualTo("its process ended with status 5, having printed: lost it; see " + LOG);
  }

  @ParameterizedTest
  @CsvSource({"KILL, for want of memory", "ABRT, see candidate", "SEGV, see candidate"})
  void aSignalIsNamed(String signal, String more) throws Exception {
    assertThat(cause("echo before; kill -" + signal + " $$")).contains("SIG" + signal, more);
  }

  @Test
  void whatTheJavaVmPrintsWhenItHasNoMemoryIsOneLine() {
    String printed =
        """
        #
        # There is insufficient memory for the Java Runtime Environment to continue.
        # Native memory allocation (mmap) failed to map 65536 bytes for committing reserved memory.
        # An error report file with more information is saved as:
        # /runs/1/hs_err_pid7.log
        """;

    assertThat(new ProcessEnd(printed, 1, LOG).cause())
        .isEqualTo(
            "out of memory: There is insufficient memory for the Java Runtime Environment to"
                + " continue. Native memory allocation (mmap) failed to map 65536 bytes for"
                + " committing reserved memory.; see /runs/1/hs_err_pid7.log");
  }

  @Test
  void aCauseIsALineHoweverItWasWritten() {
    assertThat(FailureCause.line(" a\r\n\tb\u0000\u001b[0m\u2028c ")).isEqualTo("a b [0m c");
    assertThat(FailureCause.line("x".repeat(100_000)))
        .hasSize(2000)
        .startsWith("xxx")
        .endsWith("xxx")
        .contains(" … ");
  }
}
