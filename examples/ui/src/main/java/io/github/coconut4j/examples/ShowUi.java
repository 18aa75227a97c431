package io.github.coconut4j.examples;

/** Shows Deeplearning4j's user interface on this machine until the program is stopped. */
public final class ShowUi {

  private static final int DEFAULT_PORT = 9000;

  private ShowUi() {}

  public static void main(String[] args) throws Exception {
    LoopbackUi ui = LoopbackUi.start(args.length == 0 ? DEFAULT_PORT : Integer.parseInt(args[0]));
    System.out.printf("http://localhost:%d/samediff shows files of UIListener%n", ui.getPort());
  }
}
