plugins { `java-library` }

dependencies {
    api(project(":litebert"))
    implementation(libs.javacpp)
    implementation(libs.tflite)
    // The native libraries: these jars have them in lib/, from where the Android build packs them.
    for (abi in listOf("android-arm64", "android-x86_64")) {
        runtimeOnly(variantOf(libs.javacpp) { classifier(abi) })
        runtimeOnly(variantOf(libs.tflite) { classifier(abi) })
    }
}
