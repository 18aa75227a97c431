package io.github.coconut4j.serve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.coconut4j.cli.CommandLineRun;
import io.github.coconut4j.cli.Main;
import io.github.coconut4j.config.ConfigFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands that README and the guides tell users to type. */
class DocumentedCommandsTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String README = "README.md";

  /** An indented line, continued by backslashes; what follows three spaces is a remark. */
  private static final Pattern COMMAND =
      Pattern.compile("^ {4}\\./coconut4j ((?:.*\\\\\\n)*.*)$", Pattern.MULTILINE);

  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  /** A file of the repository, not one that a command writes. */
  private static final Pattern OURS = Pattern.compile("(recipes|models|data)/\\S+");

  static List<String> commands() throws IOException {
    try (Stream<Path> guides = Files.walk(ROOT.resolve("docs"))) {
      List<String> commands = new ArrayList<>();
      Stream<Path> others =
          Stream.of(README, "CONTRIBUTING.md", "models/prosqa-coconut/README.md")
              .map(ROOT::resolve);
      for (Path page :
          Stream.concat(others, guides).filter(p -> p.toString().endsWith(".md")).toList()) {
        commands.addAll(of(page));
      }
      return commands;
    }
  }

  private static List<String> of(Path page) throws IOException {
    return COMMAND
        .matcher(Files.readString(page))
        .results()
        .map(found -> found.group(1).replaceAll("\\\\\\n", " ").replaceAll("(?<=\\S) {3,}.*", ""))
        .toList();
  }

  private static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(command);
    while (matcher.find()) {
      words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }
    return words;
  }

  @Test
  void areFound() throws IOException {
    assertThat(commands()).hasSizeGreaterThan(10).contains("quickstart");
  }

  /** With --help a command's options and values are read, and nothing is run. */
  @ParameterizedTest
  @MethodSource("commands")
  void haveOptionsThatThereAreAndFilesOfTheRepository(String command) {
    List<String> words = words(command);
    Stream<String> help = words.contains("--help") ? Stream.empty() : Stream.of("--help");
    String[] arguments = Stream.concat(words.stream(), help).toArray(String[]::new);
    CommandLineRun shown = CommandLineRun.of(arguments);

    assertThat(shown.status()).as(shown.errors()).isZero();
    assertThat(words.stream().filter(word -> OURS.matcher(word).matches()).map(ROOT::resolve))
        .allSatisfy(path -> assertThat(path).exists());
  }

  static List<String> trainings() throws IOException {
    return commands().stream().filter(c -> c.startsWith("train --config recipes/")).toList();
  }

  /** What a recipe and --set say together can be trained. */
  @ParameterizedTest
  @MethodSource("trainings")
  void haveSettingsThatFitTogether(String command) throws IOException {
    List<String> words = words(command);
    ConfigFile settings = ConfigFile.read(ROOT.resolve(words.get(2)));
    for (int i = 3; i < words.size() - 1; i++) {
      if (words.get(i).equals("--set")) {
        settings.set(words.get(i + 1));
      }
    }

    assertThatCode(settings::toTrainingConfig).doesNotThrowAnyException();
  }

  /** Those that take seconds, by a shell, in the folder and with the words of the page. */
  @ParameterizedTest
  @CsvSource({
    "README.md, evaluate, 99.7 %",
    "models/prosqa-coconut/README.md, generate, Bob is a yumpus"
  })
  void answerAsThePageSays(String page, String name, String answer) throws Exception {
    String command =
        of(ROOT.resolve(page)).stream().filter(c -> c.startsWith(name)).findFirst().orElseThrow();
    ProcessBuilder shell =
        new ProcessBuilder("sh", "-c", "exec \"$JAVA\" -cp \"$CLASSES\" " + mainClass() + command)
            .directory(ROOT.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    shell
        .environment()
        .put("JAVA", Path.of(System.getProperty("java.home"), "bin/java").toString());
    shell.environment().put("CLASSES", System.getProperty("java.class.path"));
    Process process = shell.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains(answer);
  }

  private static String mainClass() {
    return Main.class.getName() + " ";
  }
}
