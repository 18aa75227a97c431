package io.github.coconut4j.tuning.candidate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.tuning.SearchFile;
import io.github.coconut4j.tuning.TinySearch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Candidates in processes of their own. */
@Timeout(120)
class ProcessTrainerTest {

  @TempDir private Path temporary;
  private RunDirectory directory;
  private TrainingConfig config;
  private final ProcessTrainer trainer =
      new ProcessTrainer(JavaCommand.builder().memory("256m").build());

  @BeforeEach
  void prepare() {
    directory = new RunDirectory(temporary.resolve("candidate"));
    SearchFile file =
        SearchFile.parse("test", TinySearch.yaml("{candidates: 1, space: {lr: {fixed: 0.005}}}"));
    new RandomSearchGenerator(file.getSpace());
    config = file.getSpace().getValue(new double[0]);
  }

  private CandidateJob.CandidateJobBuilder job(TrainingConfig trained) {
    return CandidateJob.builder().config(trained).directory(directory);
  }

  @Test
  void trainsAsThisProcessDoes() throws Exception {
    RunDirectory here = new RunDirectory(temporary.resolve("here"));
    RunSummary expected =
        new InProcessTrainer().train(CandidateJob.builder().config(config).directory(here).build());

    RunSummary summary = trainer.train(job(config).build());

    assertThat(summary.toString().replaceAll("seconds=[^,]*", ""))
        .isEqualTo(expected.toString().replaceAll("seconds=[^,]*", ""));
    assertThat(directory.model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(here.model().resolve("model.safetensors"));
    assertThat(directory.path().resolve("log.txt")).exists();
    assertThat(directory.path().resolve("config.given.yaml")).doesNotExist();
  }

  @Test
  void aCandidateOutOfMemoryFailsAlone() {
    TrainingConfig manyProblems = config.toBuilder().trainPath("prosqa:5000000:1").build();
    ProcessTrainer small = new ProcessTrainer(JavaCommand.builder().memory("48m").build());

    assertThatThrownBy(() -> small.train(job(manyProblems).build()))
        .isInstanceOf(CandidateException.class)
        .hasMessageContaining("out of memory");
  }

  @Test
  void aCandidateThatCannotFitFailsBeforeItTrains() {
    TrainingConfig huge = config.toBuilder().nEmbd(8192).nLayer(4).build();

    assertThatThrownBy(() -> trainer.train(job(huge).build()))
        .isInstanceOf(CandidateException.class)
        .hasMessageContaining("Training needs at least");
  }

  @Test
  void aCandidateThatHangsIsEnded() {
    TrainingConfig endless = config.toBuilder().stageSteps(List.of(100_000_000)).build();

    assertThatThrownBy(() -> trainer.train(job(endless).limit(Duration.ofSeconds(3)).build()))
        .isInstanceOf(CandidateException.class)
        .hasMessageContaining("candidate_minutes: 0.05");
    assertThat(ProcessHandle.current().children()).noneMatch(ProcessHandle::isAlive);
  }

  @Test
  void anInterruptedCandidateSavesItsState() {
    TrainingConfig endless =
        config.toBuilder()
            .stageSteps(List.of(100_000_000))
            .checkpointEverySteps(null)
            .checkpointEveryMinutes(60.0)
            .build();
    Thread search = Thread.currentThread();
    Thread stop =
        new Thread(
            () -> {
              awaitFirstUpdate();
              search.interrupt();
            });
    stop.start();

    assertThatThrownBy(() -> trainer.train(job(endless).build()))
        .isInstanceOf(InterruptedException.class);
    assertThat(directory.checkpoints()).isNotEmptyDirectory();
  }

  private void awaitFirstUpdate() {
    while (directory.metrics().toFile().length() == 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aProcessThatIsKilledSaysSo() throws Exception {
    TrainingConfig endless = config.toBuilder().stageSteps(List.of(100_000_000)).build();
    Thread killer = new Thread(this::killChild);
    killer.start();

    assertThatThrownBy(() -> trainer.train(job(endless).build()))
        .isInstanceOf(CandidateException.class)
        .hasMessageContaining("killed by the system");
    killer.join();
  }

  private void killChild() {
    awaitFirstUpdate();
    ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
  }

  /** More output than a pipe's buffer: a process that printed as much used to wait for ever. */
  @Test
  void aCandidateMayPrintAsMuchAsItLikes() throws Exception {
    ProcessTrainer verbose =
        new ProcessTrainer(
            JavaCommand.builder().memory("256m").build(), Map.of("ONEDNN_VERBOSE", "1"));
    TrainingConfig longer = config.toBuilder().stageSteps(List.of(40)).build();
    TrainingConfig failing = longer.toBuilder().valPath("missing.json").build();

    assertThat(verbose.train(job(longer).build()).getUpdates()).isEqualTo(40);
    assertThatThrownBy(() -> verbose.train(job(failing).build()))
        .isInstanceOf(CandidateException.class)
        .hasMessageContaining("missing.json")
        .hasMessageNotContaining("onednn_verbose");
  }

  @Test
  void aCrashOfNativeCodeIsOneLineThatNamesTheReport() throws Exception {
    TrainingConfig endless = config.toBuilder().stageSteps(List.of(100_000_000)).build();
    Thread crash = new Thread(this::crashChild);
    crash.start();

    assertThatThrownBy(() -> trainer.train(job(endless).build()))
        .isInstanceOf(CandidateException.class)
        .hasMessageMatching(
            "it crashed: SIGSEGV [^\n]*; see "
                + Pattern.quote(directory.path().toString())
                + "/hs_err_pid\\d+\\.log");
    assertThat(directory.path()).isDirectoryContaining("glob:**/hs_err_pid*.log");
    crash.join();
  }

  private void crashChild() {
    awaitFirstUpdate();
    ProcessHandle child = ProcessHandle.current().children().findFirst().orElseThrow();
    try {
      new ProcessBuilder("kill", "-SEGV", Long.toString(child.pid())).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void candidatesAtTheSameTimeTakeTurnsAtTheGpus() throws Exception {
    TrainingConfig endless = config.toBuilder().stageSteps(List.of(100_000_000)).build();
    List<Thread> searches =
        Stream.of("one", "other")
            .map(name -> new RunDirectory(temporary.resolve(name)))
            .map(own -> new Thread(() -> trainInterrupted(job(endless).directory(own).build())))
            .toList();
    searches.forEach(Thread::start);
    Set<String> turns = Set.of();
    while (!turns.equals(Set.of("-Dcoconut4j.cuda.turn=0", "-Dcoconut4j.cuda.turn=1"))) {
      Thread.sleep(50); // until both have started, or the test's time is over
      turns = turns();
    }
    for (Thread search : searches) {
      search.interrupt();
      search.join();
    }
  }

  private void trainInterrupted(CandidateJob job) {
    assertThatThrownBy(() -> trainer.train(job)).isInstanceOf(InterruptedException.class);
  }

  private static Set<String> turns() throws IOException {
    Set<String> turns = new HashSet<>();
    for (ProcessHandle child : ProcessHandle.current().children().toList()) {
      Path line = Path.of("/proc", String.valueOf(child.pid()), "cmdline");
      Stream.of(Files.readString(line).split("\0"))
          .filter(word -> word.startsWith("-Dcoconut4j.cuda.turn="))
          .forEach(turns::add);
    }
    return turns;
  }

  @Test
  void anotherJavaHasThisOnesOptionsAndItsShareOfTheMemory() {
    List<String> line = JavaCommand.builder().processes(2).build().line(getClass(), "a b");

    assertThat(line).contains("-XX:MaxRAMPercentage=10.00", "-Xmx2g", "-XX:+UseSerialGC");
    assertThat(line).endsWith("a b").noneMatch(word -> word.startsWith("-javaagent"));
    assertThat(JavaCommand.builder().memory("1g").build().line(getClass()))
        .contains("-Xmx1g")
        .doesNotContain("-Xmx2g");
  }
}
