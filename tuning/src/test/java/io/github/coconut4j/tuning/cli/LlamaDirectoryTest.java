package io.github.coconut4j.tuning.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.cli.CommandLineRun;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ArrayDifference;
import io.github.coconut4j.model.RotaryPositions;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A small Llama in a directory as Hugging Face has it goes through every command. */
class LlamaDirectoryTest {

  private static final Path TOKENIZER = Path.of("../data/src/test/resources/tokenizers/llama3");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final int TOKENS = 266;
  private static final int BEGIN = 263;
  private static final int END = 264;
  private static final String PROBLEMS =
      "prosqa-balanced:3:1:nodes=6,min_steps=1,max_steps=1,people=2,concepts=6,max_facts=6";

  @TempDir private Path directory;

  private static CommandLineRun run(Object... arguments) {
    return CommandLineRun.of(Stream.of(arguments).map(String::valueOf).toArray(String[]::new));
  }

  private static JsonNode done(CommandLineRun run) throws IOException {
    assertThat(run.status()).as(run.errors()).isZero();
    return JSON.readTree(run.output());
  }

  private Path base() throws IOException {
    Path base = Files.createDirectory(directory.resolve("base"));
    TransformerConfig config =
        TransformerConfig.builder()
            .architecture(Architecture.LLAMA)
            .vocabSize(TOKENS)
            .nPositions(512)
            .nEmbd(16)
            .nLayer(2)
            .nHead(2)
            .nKvHead(1)
            .headDim(6)
            .nInner(20)
            .activationFunction(Activation.SILU)
            .rotary(RotaryPositions.of(500_000))
            .tieWordEmbeddings(false)
            .bosTokenId(BEGIN)
            .eosTokenIds(List.of(END, END + 1))
            .initializerRange(0.1)
            .build();
    config.write(base);
    Weights.initial(config, 7).write(base);
    FileUtils.copyDirectory(TOKENIZER.toFile(), base.toFile());
    return base;
  }

  private Path config(Path base, String more) throws IOException {
    return Files.writeString(
        directory.resolve("run.yaml"),
        """
        method: coconut
        model_id: %1$s
        train_path: "%2$s"
        val_path: "%2$s"
        max_latent_stage: 1
        stage_steps: [2, 2]
        batch_size_training: 3
        checkpoint_every_steps: 2
        eval_every_steps: 100
        max_new_tokens: 4
        lr: 1.0e-3
        %3$s
        """
            .formatted(base, PROBLEMS, more));
  }

  @Test
  void isTrainedResumedEvaluatedAskedAnalysedAndConverted() throws IOException {
    Path run = directory.resolve("run");
    Path config = config(base(), "");
    assertThat(run("train", "--config", config, "--out", run).status()).isZero();
    Path model = run.resolve("model");
    assertIsTheSameKindOfModel(model);
    assertResumesToTheSame(run, config);

    JsonNode evaluation = done(run("evaluate", "--model", model, "--data", PROBLEMS, "--json"));
    assertThat(evaluation.get("problems").asInt()).isEqualTo(3);
    JsonNode answer =
        done(
            run("generate", "--model", model, "--question", "A?", "--max-new-tokens", 3, "--json"));
    assertThat(answer.get("tokens").asInt()).isBetween(1, 4);
    Path analysis = directory.resolve("analysis");
    JsonNode findings =
        done(
            run(
                "analyze",
                "--model",
                model,
                "--data",
                PROBLEMS,
                "--out",
                analysis,
                "--max-latents",
                1,
                "--max-new-tokens",
                4,
                "--json"));
    assertThat(findings.get("problems").asInt()).isEqualTo(3);
    assertThat(run("report", run).status()).isZero();
    assertConverts(model);
  }

  /** Sequences begin as the tokenizer says, once; the new tokens have rows in both tables. */
  private static void assertIsTheSameKindOfModel(Path model) throws IOException {
    TransformerConfig config = TransformerConfig.read(model);
    assertThat(config.getArchitecture()).isEqualTo(Architecture.LLAMA);
    assertThat(config.getVocabSize()).isEqualTo(TOKENS + 3);
    assertThat(config.getEosTokenIds()).containsExactly(END, END + 1);
    Weights weights = Weights.read(model, config);
    assertThat(weights.outputTable().rows()).isEqualTo(TOKENS + 3);
    assertThat(weights.tokenTable().equals(weights.outputTable())).isFalse();
    JsonNode file = JSON.readTree(model.resolve("config.json").toFile());
    assertThat(file.get("architectures").get(0).asText()).isEqualTo("LlamaForCausalLM");
    assertThat(file.get("head_dim").asInt()).isEqualTo(6);
    try (CoconutModel opened = CoconutModel.open(model)) {
      assertThat(opened.getConfig().getSpecialTokens().getEos()).isEqualTo(END);
      assertThat(opened.endOfSequence()).containsExactly(END, END + 1);
      assertThat(opened.getTokenizer().encodeWithSpecialTokens("A<|latent|>"))
          .startsWith(BEGIN)
          .endsWith(TOKENS + 2);
    }
  }

  private static void assertResumesToTheSame(Path run, Path config) throws IOException {
    byte[] whole = Files.readAllBytes(run.resolve("model/model.safetensors"));
    FileUtils.deleteDirectory(run.resolve("checkpoints/step-4").toFile());
    FileUtils.deleteDirectory(run.resolve("model").toFile());

    CommandLineRun resumed = run("train", "--config", config, "--out", run, "--resume");

    assertThat(resumed.status()).as(resumed.errors()).isZero();
    assertThat(run.resolve("model/model.safetensors")).hasBinaryContent(whole);
    CommandLineRun other =
        run("train", "--config", config, "--out", run, "--resume", "--set", "c_thought=2");
    assertThat(other.status()).isEqualTo(2);
  }

  /** As the published implementation saves a model that it trained. */
  private void assertConverts(Path model) throws IOException {
    Weights weights = Weights.read(model, TransformerConfig.read(model));
    Map<String, INDArray> exported = new LinkedHashMap<>();
    weights.asMap().forEach((name, array) -> exported.put("base_causallm." + name, array));
    exported.put("embedding.weight", weights.tokenTable());
    Path file = directory.resolve("checkpoint.safetensors");
    SafetensorsWriter.write(file, exported, Map.of());
    assertConverts(file, model, weights);
    assertConverts(file, directory.resolve("base"), weights); // with fewer tokens
    CommandLineRun withoutConfig =
        run("convert", "--from", file, "--to", directory.resolve("other"));
    assertThat(withoutConfig.status()).isEqualTo(2);
    assertThat(withoutConfig.errors()).contains("--config");
  }

  private void assertConverts(Path file, Path configDirectory, Weights weights) throws IOException {
    Path converted = directory.resolve("converted-with-" + configDirectory.getFileName());

    CommandLineRun convert =
        run("convert", "--from", file, "--config", configDirectory, "--to", converted);

    assertThat(convert.status()).as(convert.errors()).isZero();
    TransformerConfig config = TransformerConfig.read(converted);
    assertThat(
            ArrayDifference.between(Weights.read(converted, config).asMap(), weights.asMap())
                .values())
        .allMatch(difference -> difference.isWithin(0));
    CoconutConfig described = CoconutConfig.read(converted);
    assertThat(described.getMethod()).isEqualTo(Method.COCONUT);
    assertThat(described.getSpecialTokens().getStartLatent()).isEqualTo(TOKENS);
  }

  @Test
  void isSearched() throws IOException {
    Path config =
        config(base(), "search: {candidates: 2, space: {lr: {log_uniform: [1.0e-4, 1.0e-3]}}}");

    CommandLineRun search =
        run("tune", "--config", config, "--out", directory.resolve("search"), "--json");

    assertThat(search.status()).as(search.errors()).isZero();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : search.output().lines().toList()) {
      lines.add(JSON.readTree(line));
    }
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0).get("status").asText()).isEqualTo("completed");
    assertThat(lines.get(2).has("best")).isTrue();
  }
}
