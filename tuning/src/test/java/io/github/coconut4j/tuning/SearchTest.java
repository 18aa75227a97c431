package io.github.coconut4j.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.report.RunSummary;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.tuning.candidate.CandidateTrainer;
import io.github.coconut4j.tuning.candidate.InProcessTrainer;
import io.github.coconut4j.tuning.candidate.TrainerLostException;
import io.github.coconut4j.tuning.record.CandidateOutcome;
import io.github.coconut4j.tuning.record.CandidateRecord;
import io.github.coconut4j.tuning.record.SearchDirectory;
import io.github.coconut4j.tuning.space.TrainingConfigSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches of models that are really trained, in this process. */
class SearchTest {

  private static final String RANDOM =
      "{candidates: 3, seed: 4, score: loss, space: {lr: {log_uniform: [1.0e-3, 1.0e-2]},"
          + " c_thought: {integer: [1, 2]}, eval_latents: {discrete: [1, 2]}}}";

  private static final String HALVING =
      "{candidates: 4, seed: 4, score: loss, halving: {factor: 2, min_share: 0.3},"
          + " space: {lr: {log_uniform: [1.0e-3, 1.0e-2]}}}";

  @TempDir private Path temporary;
  private SearchDirectory whole;
  private SearchDirectory cut;

  @BeforeEach
  void directories() {
    whole = new SearchDirectory(temporary.resolve("whole"));
    cut = new SearchDirectory(temporary.resolve("cut"));
  }

  private static Search search(
      String section, SearchDirectory directory, boolean resume, CandidateTrainer trainer)
      throws IOException {
    return Search.builder()
        .file(SearchFile.parse("test", TinySearch.yaml(section)))
        .directory(directory)
        .resume(resume)
        .trainer(trainer)
        .build();
  }

  private static List<CandidateRecord> run(
      String section, SearchDirectory directory, boolean resume, CandidateTrainer trainer)
      throws IOException {
    try (Search search = search(section, directory, resume, trainer)) {
      search.run();
      return search.candidates().stream()
          .map(candidate -> candidate.toBuilder().seconds(0).finished("").build())
          .toList();
    }
  }

  @Test
  void anErrorAtTheStartLeavesTheDirectoryFree() throws IOException {
    SearchFile read =
        SearchFile.parse(
            "test",
            TinySearch.yaml(
                "{candidates: 1, score: loss, space: {c_thought: {discrete: [1, 2]}}}"));
    TrainingConfigSpace space =
        TrainingConfigSpace.builder()
            .base(ConfigFile.parse("test", "method: coconut"))
            .parameter("c_thought", new WithoutMemory())
            .build();
    SearchFile failing =
        new SearchFile(read.getText(), read.getSearch(), space, read.getDefaultDirectory());

    assertThatThrownBy(() -> Search.builder().file(failing).directory(whole).build())
        .isInstanceOf(OutOfMemoryError.class);

    Search.builder().file(read).directory(whole).build().close();
  }

  /** Fails where Arbiter's generator asks a space for its parameters. */
  private static final class WithoutMemory extends IntegerParameterSpace {

    private static final long serialVersionUID = 1L;

    WithoutMemory() {
      super(1, 2);
    }

    @Override
    public void setIndices(int... indices) {
      throw new OutOfMemoryError("test");
    }
  }

  /** Stops the search in the middle of one of its trainings. */
  private static CandidateTrainer killedAt(int training) {
    AtomicInteger trainings = new AtomicInteger();
    return job -> {
      if (trainings.getAndIncrement() == training) {
        interruptAfterAnUpdate(Thread.currentThread(), job.getDirectory().metrics());
      }
      return new InProcessTrainer().train(job);
    };
  }

  private static void interruptAfterAnUpdate(Thread trainer, Path metrics) {
    long before = metrics.toFile().length();
    Thread watch =
        new Thread(
            () -> {
              while (metrics.toFile().length() <= before) {
                Thread.onSpinWait();
              }
              trainer.interrupt();
            });
    watch.setDaemon(true);
    watch.start();
  }

  /** A lost cluster is no candidate's failure: those that are left can still be trained. */
  @Test
  void aLostTrainerEndsTheSearchWhichResumes() throws IOException {
    AtomicInteger trainings = new AtomicInteger();
    CandidateTrainer lost =
        job -> {
          if (trainings.getAndIncrement() == 1) {
            throw new TrainerLostException("The cluster is gone.");
          }
          return new InProcessTrainer().train(job);
        };

    assertThatThrownBy(() -> run(RANDOM, cut, false, lost))
        .isInstanceOf(TrainerLostException.class)
        .hasMessage("The cluster is gone.");
    assertThat(trainings).hasValue(2);

    List<CandidateRecord> resumed = run(RANDOM, cut, true, new InProcessTrainer());
    assertThat(resumed)
        .hasSize(3)
        .allMatch(candidate -> candidate.getStatus() == CandidateOutcome.COMPLETED);
  }

  private void assertResumesAsWhole(String section, int killed) throws IOException {
    List<CandidateRecord> expected = run(section, whole, false, new InProcessTrainer());
    List<CandidateRecord> before = run(section, cut, false, killedAt(killed));
    assertThat(before).isNotEqualTo(expected);

    List<CandidateRecord> resumed = run(section, cut, true, new InProcessTrainer());

    assertThat(resumed).isEqualTo(expected);
    assertThat(cut.best()).hasSameTextualContentAs(whole.best());
    for (CandidateRecord candidate : expected) {
      Path weights = Path.of("model", "model.safetensors");
      assertThat(cut.candidate(candidate.getCandidate()).path().resolve(weights))
          .hasSameBinaryContentAs(
              whole.candidate(candidate.getCandidate()).path().resolve(weights));
    }
  }

  @Test
  void aSearchCutShortWithinACandidateEndsAsTheWholeOne() throws IOException {
    assertResumesAsWhole(RANDOM, 1);
  }

  @Test
  void halvingCutShortInItsSecondRoundEndsAsTheWholeOne() throws IOException {
    assertResumesAsWhole(HALVING, 5);
  }

  @Test
  void theBestConfigurationTrainedAgainHasTheReportedScore() throws IOException {
    for (String section : List.of(RANDOM, HALVING)) {
      SearchDirectory directory = new SearchDirectory(temporary.resolve("s" + section.length()));
      try (Search search = search(section, directory, false, new InProcessTrainer())) {
        search.run();
        CandidateRecord best = search.best().orElseThrow();
        TrainingConfig config = ConfigFile.read(directory.best()).toTrainingConfig();
        RunDirectory again = new RunDirectory(directory.path().resolve("again"));

        try (TrainingRun run = TrainingRun.builder().config(config).directory(again).build()) {
          run.train();

          assertThat(run.evaluationLoss()).isEqualTo(best.getScore());
          assertThat(run.state().getStep()).isEqualTo(12).isEqualTo(best.getUpdates());
        }
      }
    }
  }

  @Test
  void halvingTrainsSharesOfTheWholeCurriculum() throws IOException {
    List<CandidateRecord> candidates = run(HALVING, whole, false, new InProcessTrainer());

    assertThat(candidates)
        .extracting(CandidateRecord::getStatus)
        .containsExactlyInAnyOrder(
            CandidateOutcome.PRUNED,
            CandidateOutcome.PRUNED,
            CandidateOutcome.PRUNED,
            CandidateOutcome.COMPLETED);
    // Shares 0.3, 0.6 and 1 of stages of 4, 3 and 5: 1 + 1 + 2, then 2 + 2 + 3.
    assertThat(candidates)
        .extracting(CandidateRecord::getUpdates)
        .containsExactlyInAnyOrder(4, 4, 7, 12);
  }

  @Test
  void failuresAreInTheTableWithTheirCauses() throws IOException {
    List<CandidateRecord> candidates =
        run(
            "{generator: grid, space: {lr: {discrete: [1.0e-3, 1.0e+30]},"
                + " n_head: {discrete: [2, 3]}, load_model_path: {discrete: [null, missing]}}}",
            whole,
            false,
            new InProcessTrainer());

    assertThat(candidates).hasSize(8);
    assertThat(candidates)
        .filteredOn(candidate -> candidate.getStatus() == CandidateOutcome.COMPLETED)
        .hasSize(1);
    assertThat(candidates)
        .extracting(CandidateRecord::getCause)
        .anySatisfy(cause -> assertThat(cause).contains("Training stopped at step"))
        .anySatisfy(cause -> assertThat(cause).contains("a multiple of `n_head` (3)"))
        .anySatisfy(cause -> assertThat(cause).contains("`load_model_path`", "no directory"));
  }

  @Test
  void aCandidateIsGivenUpWhenItsTimeIsOver() throws IOException {
    String endless =
        "{candidates: 1, candidate_minutes: 0.01, space: {stage_steps: {fixed: [1000000]}}}";

    CandidateRecord candidate = run(endless, whole, false, new InProcessTrainer()).get(0);

    assertThat(candidate.getStatus()).isEqualTo(CandidateOutcome.TIMED_OUT);
    assertThat(candidate.getCause()).contains("candidate_minutes: 0.01");
  }

  @Test
  void aSearchThatCannotGoOnLetsGoOfItsDirectory() throws IOException {
    String one = "{candidates: 1, space: {lr: {fixed: 0.01}}}";
    Files.createDirectories(whole.path());
    Files.writeString(whole.results(), "no results\n");

    assertThatThrownBy(() -> run(one, whole, false, new InProcessTrainer()))
        .hasMessageContaining("results.jsonl");
    assertThat(whole.search()).doesNotExist();
    Files.delete(whole.results());

    assertThat(run(one, whole, false, new InProcessTrainer())).hasSize(1);
  }

  @Test
  void anotherSearchIsNeitherOverwrittenNorContinued() throws IOException {
    String one = "{candidates: 1, seed: 4, space: {lr: {fixed: 0.01}}}";
    run(one, whole, false, new InProcessTrainer());
    String more = one.replace("candidates: 1", "candidates: 2");
    String other = one.replace("seed: 4", "seed: 5");

    assertThatThrownBy(() -> run(one, whole, false, new InProcessTrainer()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("holds a search already");
    assertThatThrownBy(() -> run(other, whole, true, new InProcessTrainer()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`search.seed` was 4 and is now 5");
    assertThat(run(more, whole, true, new InProcessTrainer())).hasSize(2);
    assertThat(Files.readString(whole.search())).contains("candidates: 2");
  }

  /** Writes no files but the configuration; candidates have these losses. */
  private static CandidateTrainer withLosses(double... losses) {
    return job -> {
      ConfigFile.write(job.getConfig(), job.getDirectory().config());
      int candidate = Integer.parseInt(job.getDirectory().path().getFileName().toString());
      return RunSummary.builder().method("coconut").loss(losses[candidate]).build();
    };
  }

  @Test
  void theBestOfAllStaysTheBestWhenFewerCandidatesAreWanted() throws IOException {
    CandidateTrainer trainer = withLosses(3, 2, 1);
    run(RANDOM, whole, false, trainer);
    String best = Files.readString(whole.best());
    assertThat(ConfigFile.read(whole.best()).toTrainingConfig().getLr())
        .isEqualTo(ConfigFile.read(whole.candidate(2).config()).toTrainingConfig().getLr());
    Files.delete(whole.best());

    try (Search fewer =
        search(RANDOM.replace("candidates: 3", "candidates: 1"), whole, true, trainer)) {
      fewer.run();

      assertThat(fewer.best()).map(CandidateRecord::getCandidate).contains(2);
    }
    assertThat(Files.readString(whole.best())).isEqualTo(best);
  }

  @ParameterizedTest
  @ValueSource(strings = {"metrics.jsonl", "race.yaml", "analysis.json", "audit.json", "model/x"})
  void otherResultsAreNotMixedWithASearch(String file) throws IOException {
    Path there = whole.path().resolve(file);
    Files.createDirectories(there.getParent());
    Files.writeString(there, "");

    assertThatThrownBy(() -> run(RANDOM, whole, false, withLosses(3, 2, 1)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(whole.path() + " holds a");
    assertThatThrownBy(() -> run(RANDOM, whole, true, withLosses(3, 2, 1)))
        .isInstanceOf(ConfigException.class);
    assertThat(whole.search()).doesNotExist();
  }
}
