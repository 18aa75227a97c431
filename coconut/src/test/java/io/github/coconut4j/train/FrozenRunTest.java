package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;

/** A run whose parameters are frozen in part. */
class FrozenRunTest {

  private static final String FROZEN = "transformer\\.(wte|h\\.0)\\..*";

  private final TrainingConfig config =
      TinyRuns.of(Method.COCONUT)
          .frozen(List.of("wte", "h.0"))
          .weightDecay(0.1)
          .maxGradNorm(1.0)
          .gradientAccumulationSteps(2)
          .checkpointEverySteps(2)
          .build();

  @TempDir private Path directory;

  private RunDirectory run(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private static TrainingRun.TrainingRunBuilder run(TrainingConfig config, RunDirectory directory) {
    return TrainingRun.builder().config(config).directory(directory);
  }

  /** The weights before a run and after it. */
  private static List<Map<String, INDArray>> trained(TrainingRun run) throws IOException {
    Weights weights = run.trainedModel().getTransformer().getWeights();
    Map<String, INDArray> before = new LinkedHashMap<>();
    weights.asMap().forEach((name, array) -> before.put(name, array.dup()));
    run.train();
    return List.of(before, weights.asMap());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsFrozenStaysAsItWasAndTheRestIsTrained(boolean ofNd4j) throws IOException {
    try (TrainingRun run = run(config, run("run")).updater(ofNd4j ? new Adam() : null).build()) {
      List<Map<String, INDArray>> weights = trained(run);
      assertThat(ArrayDifference.between(weights.get(1), weights.get(0)))
          .allSatisfy(
              (name, difference) ->
                  assertThat(difference.isWithin(0)).as(name).isEqualTo(name.matches(FROZEN)));
    }
  }

  @Test
  void aCheckpointHoldsWhatIsTrainedAlone() throws IOException {
    Set<String> trained = new TreeSet<>();
    try (TrainingRun run = run(config, run("run")).build()) {
      run.train();
      trained.addAll(run.trainedModel().getTransformer().getWeights().asMap().keySet());
    }
    trained.removeIf(name -> name.matches(FROZEN));
    Path checkpoint = new Checkpoints(run("run").checkpoints()).newest().orElseThrow();
    assertThat(names(checkpoint.resolve("weights.safetensors"))).isEqualTo(trained);
    assertThat(names(checkpoint.resolve("optimizer.safetensors")))
        .hasSize(2 * trained.size())
        .allMatch(name -> trained.contains(name.replaceAll("\\.exp_avg(_sq)?$", "")));
    assertThat(names(run("run").model().resolve("model.safetensors")))
        .containsAll(trained)
        .contains("transformer.wte.weight", "transformer.h.0.ln_1.bias");
  }

  private static Set<String> names(Path file) throws IOException {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      return new TreeSet<>(tensors.names());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {5})
  void aKilledRunEndsAsTheWholeOne(int step) throws IOException {
    try (TrainingRun run = run(config, run("whole")).build()) {
      run.train();
    }
    kill(config, "cut", step);
    try (TrainingRun run = run(config, run("cut")).resume(true).build()) {
      run.train();
    }
    assertThat(run("cut").model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(run("whole").model().resolve("model.safetensors"));
  }

  private void kill(TrainingConfig killed, String name, int step) throws IOException {
    KilledRun.kill(run(killed, run(name)), step);
  }

  @Test
  void aRunGoesOnWithTheFrozenParametersItBeganWithAlone() throws IOException {
    Path start = directory.resolve("start");
    try (TrainingRun run = run(config, run("first")).build()) {
      run.trainedModel().save(start);
    }
    TrainingConfig further = config.toBuilder().modelId(start.toString()).build();
    kill(further, "run", 5);
    TransformerConfig architecture = TransformerConfig.read(start);
    Weights weights = Weights.read(start, architecture);
    weights.get("transformer.h.1.ln_1.bias").addi(1);
    weights.write(start); // what is trained comes from the checkpoint
    run(further, run("run")).resume(true).build().close();
    weights.get("transformer.h.0.ln_1.bias").addi(1);
    weights.write(start);
    assertThatThrownBy(() -> run(further, run("run")).resume(true).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("frozen parameters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"h.2", "h.0.ln", "wt", "transformer", "model.norm", "lm_head"})
  void aModuleThatTheModelLacksIsRefusedByName(String module) {
    TrainingConfig wrong = config.toBuilder().frozen(List.of("wpe", module)).build();
    assertThatThrownBy(() -> run(wrong, run("run")).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("`frozen` needs modules of the model but is `" + module + "`");
  }

  @Test
  void somethingIsLeftToTrain() {
    TrainingConfig all = config.toBuilder().frozen(List.of("wte", "wpe", "h", "ln_f")).build();
    assertThatThrownBy(() -> run(all, run("run")).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`frozen` needs to leave a parameter to train");
  }

  @Test
  void anEmptyPathIsRefused() {
    assertThatThrownBy(() -> config.toBuilder().frozen(List.of(" ")).build())
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("`frozen` needs a list of modules' paths");
  }

  @ParameterizedTest
  @EnumSource(
      value = Architecture.class,
      names = {"LLAMA", "QWEN3"})
  void modulesOfOtherFamiliesAreNamedAsTheirs(Architecture architecture) {
    TransformerConfig model =
        TransformerConfig.builder()
            .architecture(architecture)
            .vocabSize(8)
            .nPositions(8)
            .nEmbd(4)
            .nHead(2)
            .nLayer(2)
            .nInner(8)
            .tieWordEmbeddings(false)
            .rotary(io.github.coconut4j.model.RotaryPositions.builder().theta(100).build())
            .build();
    TrainingConfig frozen =
        ConfigFile.parse("test", "method: coconut\ntrain_path: prosqa:8:1")
            .set("frozen=[layers.0,embed_tokens,lm_head]")
            .toTrainingConfig();
    assertThat(TrainedParameters.of(frozen, model))
        .isNotEmpty()
        .allMatch(name -> name.matches("model\\.(layers\\.1\\..*|norm\\.weight)"));
  }
}
