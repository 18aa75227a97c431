@echo off
rem Runs Coconut4j's command line on Windows. In a checkout it builds it first where there is no build; after a change of
rem the sources, delete the folder target\launcher.
rem
rem JAVA_HOME       the Java to run with, 17 or newer (in a checkout a JDK); without it, the java on the PATH
rem COCONUT4J_OPTS  further options for Java, e.g. -Xmx8g
rem SPARK_HOME      for commands with the option for Spark: an unpacked Spark, whose jars are used; without it, in a checkout,
rem                 Maven's
setlocal
set "root=%~dp0"
set "spark="
rem cmd parts arguments at = too, so that --spark=local is two of them here; a comma needs quotes.
:arguments
if [%1]==[] goto java
if "%~1"=="--spark" set "spark=%~2"
shift
goto arguments

:java
set "java=java"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"
"%java%" -version >nul 2>&1
if errorlevel 1 (
  echo coconut4j: Java 17 or newer is needed. Install one, or set JAVA_HOME to it. 1>&2
  exit /b 1
)

set "libraries=%root%lib"
if exist "%libraries%\" goto distribution
set "libraries=%root%target\launcher\windows"
set "profiles="
if not defined spark goto find
set "libraries=%libraries%-spark"
set "profiles=-Pspark"
if defined SPARK_HOME goto find
rem Spark itself too, where none is installed.
set "libraries=%libraries%-core"
set "profiles=-Pspark,spark-core"

:find
if exist "%libraries%\" goto run
where mvn >nul 2>&1
if errorlevel 1 (
  echo coconut4j: Maven 3.8 or newer is needed to build, and there is no mvn on the PATH. 1>&2
  exit /b 1
)
echo coconut4j: building; the first time Maven downloads the libraries 1>&2
pushd "%root%"
call mvn -q -B -Dquick %profiles% -Dmaven.test.skip=true -pl distribution -am package dependency:copy-dependencies ^
  -DincludeScope=runtime "-DoutputDirectory=%libraries%-new" 1>&2
if errorlevel 1 (
  popd
  echo coconut4j: the build failed; its output stands above. 1>&2
  exit /b 1
)
popd
move "%libraries%-new" "%libraries%" >nul
goto run

:distribution
if defined spark if not defined SPARK_HOME (
  echo coconut4j: Spark is not part of this archive. Set SPARK_HOME to an unpacked Spark 4.1 ^(https://spark.apache.org/downloads.html^). 1>&2
  exit /b 1
)

:run
set "classes=%libraries%\*"
set "spark_options="
if not defined spark goto start
call :use_spark
if errorlevel 1 exit /b 1

:start
if not defined OMP_WAIT_POLICY set "OMP_WAIT_POLICY=PASSIVE"
"%java%" -XX:+UseSerialGC -Xmn32m -XX:MaxRAMPercentage=20 ^
  -Dorg.bytedeco.javacpp.maxbytes=300%% -Dorg.bytedeco.javacpp.maxphysicalbytes=0 ^
  -Dorg.bytedeco.javacpp.logger=slf4j -Dfile.encoding=UTF-8 %spark_options% %COCONUT4J_OPTS% ^
  -cp "%classes%" io.github.coconut4j.cli.Main %*
exit /b %errorlevel%

rem Spark's jars come first, as in its executors.
:use_spark
if defined SPARK_HOME (
  if not exist "%SPARK_HOME%\jars\" (
    echo coconut4j: SPARK_HOME is %SPARK_HOME%, where there is no folder jars. Set it to an unpacked Spark 4.1. 1>&2
    exit /b 1
  )
  set "classes=%SPARK_HOME%\jars\*;%classes%"
) else (
  rem Workers of local-cluster look there for jars to add to the executors' class path.
  if not exist "%libraries%-home\jars\" mkdir "%libraries%-home\jars"
  set "SPARK_HOME=%libraries%-home"
)
if not defined SPARK_SCALA_VERSION set "SPARK_SCALA_VERSION=2.13"
rem Master and workers of this process are nobody else's.
if "%spark:~0,5%"=="local" if not defined SPARK_LOCAL_IP set "SPARK_LOCAL_IP=127.0.0.1"
rem What Spark opens to itself under spark-submit. One logger, the command line's, of the two that are there.
set "spark_options=-Dslf4j.provider=org.slf4j.simple.SimpleServiceProvider"
for %%p in (java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent sun.nio.ch sun.security.action) do call set "spark_options=%%spark_options%% --add-opens=java.base/%%p=ALL-UNNAMED"
exit /b 0
