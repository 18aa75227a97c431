@echo off
rem Runs Coconut4j's command line on Windows. In a checkout it builds it first where there is no build; after a change of
rem the sources, delete the folder target\launcher.
rem
rem JAVA_HOME       the Java to run with, 17 or newer (in a checkout a JDK); without it, the java on the PATH
rem COCONUT4J_OPTS  further options for Java, e.g. -Xmx8g
setlocal
set "root=%~dp0"
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"
"%java%" -version >nul 2>&1
if errorlevel 1 (
  echo coconut4j: Java 17 or newer is needed. Install one, or set JAVA_HOME to it. 1>&2
  exit /b 1
)

set "libraries=%root%lib"
if exist "%libraries%\" goto run
set "libraries=%root%target\launcher\windows"
if exist "%libraries%\" goto run
where mvn >nul 2>&1
if errorlevel 1 (
  echo coconut4j: Maven 3.8 or newer is needed to build, and there is no mvn on the PATH. 1>&2
  exit /b 1
)
echo coconut4j: building; the first time Maven downloads the libraries 1>&2
pushd "%root%"
call mvn -q -B -Dquick -Dmaven.test.skip=true -pl distribution -am package dependency:copy-dependencies ^
  -DincludeScope=runtime "-DoutputDirectory=%libraries%-new" 1>&2
if errorlevel 1 (
  popd
  echo coconut4j: the build failed; its output stands above. 1>&2
  exit /b 1
)
popd
move "%libraries%-new" "%libraries%" >nul

:run
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=PASSIVE"
"%java%" -XX:+UseSerialGC -Xmn32m -XX:MaxRAMPercentage=20 ^
  -Dorg.bytedeco.javacpp.maxbytes=300%% -Dorg.bytedeco.javacpp.maxphysicalbytes=0 ^
  -Dorg.bytedeco.javacpp.logger=slf4j -Dfile.encoding=UTF-8 %COCONUT4J_OPTS% ^
  -cp "%libraries%\*" io.github.coconut4j.cli.Main %*
exit /b %errorlevel%
