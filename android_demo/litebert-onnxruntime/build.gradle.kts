plugins { `java-library` }

dependencies {
    api(project(":litebert"))
    compileOnly(libs.onnxruntime) // an app takes onnxruntime-android, which has the same classes
}
