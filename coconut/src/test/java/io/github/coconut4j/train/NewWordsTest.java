package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.TinyDirectories;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.problems.ProblemSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The shipped model, which knows 17 people and 38 concepts, with the generators' other names. */
class NewWordsTest {

  private static final Path SHIPPED = Path.of("../models/prosqa-coconut");
  private static final String MORE_NAMES = "prosqa-deep:4:1:nodes=30,min_steps=8,max_steps=8";
  private static final int KNOWN = 159;

  /** Two tokens for each of 47 more people, three for each of 127 more concepts. */
  private static final int ALL = KNOWN + 47 * 2 + 127 * 3;

  @TempDir Path folder;

  private static TrainingConfig.TrainingConfigBuilder config() {
    return TrainingConfig.builder()
        .method(Method.COCONUT)
        .loadModelPath(SHIPPED.toString())
        .extendVocabulary(true)
        .trainPath(MORE_NAMES)
        .maxLatentStage(8)
        .stageSteps(List.of(1))
        .batchSizeTraining(4)
        .seed(3);
  }

  /** The model that the run starts from, written and read again. */
  private CoconutModel extended() throws IOException {
    RunDirectory directory = new RunDirectory(folder.resolve("run"));
    Path model = folder.resolve("model");
    try (TrainingRun run =
        TrainingRun.builder().config(config().build()).directory(directory).build()) {
      run.trainedModel().save(model);
    }
    return CoconutModel.open(model);
  }

  @Test
  void knownWordsKeepTheirIdsAndRows() throws IOException {
    try (CoconutModel shipped = CoconutModel.open(SHIPPED);
        CoconutModel more = extended()) {
      TextTokenizer tokenizer = more.getTokenizer();
      assertThat(tokenizer.vocabularySize()).isEqualTo(ALL);
      for (int id = 0; id < KNOWN; id++) {
        assertThat(tokenizer.token(id)).isEqualTo(shipped.getTokenizer().token(id));
      }
      INDArray table = more.getTransformer().getWeights().tokenTable();
      assertThat(table.get(NDArrayIndex.interval(0, KNOWN), NDArrayIndex.all()))
          .isEqualTo(shipped.getTransformer().getWeights().tokenTable());
    }
  }

  @Test
  void everyProblemHasTokens() throws IOException {
    try (CoconutModel more = extended()) {
      for (ReasoningProblem problem : ProblemSource.of(MORE_NAMES).problems(Set.of())) {
        int[] ids = more.getTokenizer().encode(problem.getQuestion());
        assertThat(more.getTokenizer().decode(ids)).isEqualTo(problem.getQuestion());
      }
    }
  }

  /** By the mean and the deviation of 127 rows in each of 128 dimensions. */
  @Test
  void newRowsAreDistributedAsThoseOfTheSameForm() throws IOException {
    List<String> known = ProsQaNames.published().getConcepts();
    List<String> fresh =
        ProsQaNames.extended().getConcepts().stream().filter(x -> !known.contains(x)).toList();
    try (CoconutModel more = extended()) {
      for (String form : List.of("Every %s", " is a %s.", " %s")) {
        INDArray knownRows = rows(more, form, known);
        INDArray freshRows = rows(more, form, fresh);
        double[] deviation = knownRows.std(false, 0).toDoubleVector();
        double[] differences = freshRows.mean(0).sub(knownRows.mean(0)).toDoubleVector();
        double[] freshDeviation = freshRows.std(false, 0).toDoubleVector();
        for (int i = 0; i < deviation.length; i++) {
          double error = deviation[i] / Math.sqrt(fresh.size());
          assertThat(differences[i]).isCloseTo(0, within(5 * error));
          assertThat(freshDeviation[i]).isCloseTo(deviation[i], within(5 * error));
        }
      }
    }
  }

  private static INDArray rows(CoconutModel model, String form, List<String> names) {
    int[] ids =
        names.stream().mapToInt(name -> model.getTokenizer().id(form.formatted(name))).toArray();
    return Nd4j.pullRows(model.getTransformer().getWeights().tokenTable(), 1, ids);
  }

  @Test
  void otherTokenizersAreRefused() throws IOException {
    Path llama =
        TinyDirectories.write(folder.resolve("llama"), Architecture.LLAMA, "llama3", 266, true);
    TrainingConfig config = config().loadModelPath(llama.toString()).build();
    RunDirectory run = new RunDirectory(folder.resolve("other"));
    assertThatThrownBy(() -> TrainingRun.builder().config(config).directory(run).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`extend_vocabulary` needs a tokenizer of whole words (WordLevel)");
  }

  @Test
  void aModelFromScratchNeedsNone() {
    assertThatThrownBy(() -> config().loadModelPath(null).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`extend_vocabulary` needs a model that is trained already");
  }

  @Test
  void adaptersKeepTheirBasesVocabulary() {
    assertThatThrownBy(() -> config().lora(LoraSettings.builder().build()).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`extend_vocabulary` needs a run that trains the token table");
  }
}
