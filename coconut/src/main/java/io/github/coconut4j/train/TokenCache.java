package io.github.coconut4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.AtomicDirectory;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.JsonFault;
import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.method.ProblemEncoder;
import java.io.BufferedOutputStream;
import java.io.CharConversionException;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import lombok.Getter;
import lombok.extern.slf4j.Slf4j;

/**
 * The directory {@code tokens} of a run: its problems as tokens, encoded once. Existing files are
 * used only if their checksums show that they were made from the same problems with the same
 * tokenizer and have not changed; otherwise they are rebuilt.
 */
@Slf4j
final class TokenCache {

  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final String TOKENIZER = "tokenizer.json";

  private final Path directory;
  private final ProblemEncoder encoder;

  /** SHA-256 of the tokenizer's file. */
  @Getter private final String tokenizerSum;

  /** Opens or creates the directory and writes the tokenizer's file, for its checksum. */
  TokenCache(Path directory, ProblemEncoder encoder) throws IOException {
    this.directory = directory;
    this.encoder = encoder;
    AtomicDirectory.create(directory);
    encoder.getTokenizer().save(directory);
    this.tokenizerSum = Sha256.of(directory.resolve(TOKENIZER));
  }

  /**
   * The inputs that a cache was made from.
   *
   * @param version version of the format
   * @param problems checksum of the problems
   * @param tokenizer SHA-256 of the tokenizer's file
   * @param answers prefix of answers
   * @param targets targets of latents
   * @param tokens SHA-256 of the encoded problems' file
   */
  record Origin(
      int version,
      String problems,
      String tokenizer,
      int eos,
      String answers,
      String targets,
      String tokens) {

    private static final int VERSION = 5;

    private boolean isOfSameInput(Origin other) {
      return version == other.version
          && problems.equals(other.problems)
          && tokenizer.equals(other.tokenizer)
          && eos == other.eos
          && answers.equals(other.answers)
          && targets.equals(other.targets);
    }
  }

  /**
   * The problems as tokens.
   *
   * @param fingerprint checksum of the problems
   * @throws IllegalArgumentException if a part is not in the tokenizer's vocabulary
   */
  EncodedProblems encoded(List<ReasoningProblem> problems, String fingerprint) throws IOException {
    Origin wanted = origin(fingerprint, "");
    Optional<Origin> found = origin().filter(wanted::isOfSameInput);
    if (found.isPresent() && found.get().tokens().equals(Sha256.of(tokens()))) {
      return EncodedProblems.open(tokens());
    }
    found.ifPresent(damaged -> log.warn("{} has changed and is rebuilt.", tokens()));
    String sum = write(problems);
    AtomicFile.write(originFile(), JSON.writeValueAsBytes(origin(fingerprint, sum)));
    return EncodedProblems.open(tokens());
  }

  private Origin origin(String fingerprint, String tokens) {
    return new Origin(
        Origin.VERSION,
        fingerprint,
        tokenizerSum,
        encoder.getEos(),
        encoder.getAnswers().getPrefix(),
        String.valueOf(encoder.getTargets()),
        tokens);
  }

  private Optional<Origin> origin() throws IOException {
    if (!Files.exists(originFile()) || !Files.exists(tokens())) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(JSON.readValue(Files.readAllBytes(originFile()), Origin.class))
          .filter(origin -> origin.problems() != null && origin.tokenizer() != null)
          .filter(origin -> origin.targets() != null && origin.tokens() != null)
          .filter(origin -> origin.answers() != null);
    } catch (JsonProcessingException e) {
      return unreadable(JsonFault.described(e.getOriginalMessage()));
    } catch (CharConversionException e) { // the bytes are not valid text
      return unreadable(e.getMessage());
    }
  }

  private Optional<Origin> unreadable(String fault) {
    log.warn("{} cannot be read and is rebuilt: {}", originFile(), fault);
    return Optional.empty();
  }

  private String write(List<ReasoningProblem> problems) throws IOException {
    MessageDigest digest = Sha256.digest();
    AtomicFile.write(tokens(), output -> write(problems, new DigestOutputStream(output, digest)));
    return Sha256.text(digest);
  }

  private void write(List<ReasoningProblem> problems, OutputStream output) throws IOException {
    DataOutputStream data = new DataOutputStream(new BufferedOutputStream(output));
    for (ReasoningProblem problem : problems) {
      EncodedProblems.write(encoder.encode(problem), data);
    }
    data.flush();
  }

  private Path tokens() {
    return directory.resolve("tokens.bin");
  }

  private Path originFile() {
    return directory.resolve("tokens.json");
  }
}
