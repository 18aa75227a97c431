package io.github.coconut4j.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The commands. Reading the options of all of them takes longer than Java's start, so only those of
 * the called command are read, and none if the commands are listed.
 */
final class Subcommands {

  private static final List<Class<?>> OWN =
      List.of(
          QuickstartCommand.class,
          GenerateDataCommand.class,
          TrainCommand.class,
          RaceCommand.class,
          EvaluateCommand.class,
          GenerateCommand.class,
          AnalyzeCommand.class,
          AuditCommand.class,
          ConvertCommand.class,
          AverageCommand.class,
          ExportCommand.class,
          ReportCommand.class,
          ParityCommand.class,
          BenchCommand.class);

  private static final Set<String> LISTS = Set.of("--help", "-h", "--version", "-V");

  private Subcommands() {}

  /**
   * Adds the commands that the arguments need. All jars are searched only for a command that is not
   * ours.
   */
  static void addTo(CommandLine commandLine, String... arguments) {
    String called = arguments[0];
    Map<String, Class<?>> own = byName(OWN.stream());
    Map<String, Class<?>> all = own.containsKey(called) ? own : byName(all());
    if (all.containsKey(called)) {
      commandLine.addSubcommand(called, all.get(called));
    } else if (arguments.length == 1 && LISTS.contains(called)) {
      all.forEach((name, type) -> commandLine.addSubcommand(name, listed(type)));
    } else {
      all.forEach(commandLine::addSubcommand);
    }
  }

  private static Stream<Class<?>> all() {
    return Stream.concat(
        OWN.stream(),
        ServiceLoader.load(AddedCommand.class).stream().map(ServiceLoader.Provider::type));
  }

  private static Map<String, Class<?>> byName(Stream<Class<?>> types) {
    Map<String, Class<?>> commands = new LinkedHashMap<>();
    types.forEach(type -> commands.put(type.getAnnotation(Command.class).name(), type));
    return commands;
  }

  /** A command without its options, for the list. */
  private static CommandSpec listed(Class<?> type) {
    CommandSpec spec = CommandSpec.create();
    spec.usageMessage().description(type.getAnnotation(Command.class).description());
    return spec;
  }
}
