// For Android Studio. Never run by this project's tests, which cannot reach Google's repository: they build
// the same sources by pom.xml.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "litebert-parent"
include("litebert", "litebert-tflite", "litebert-onnxruntime", "litebert-interpreter")
