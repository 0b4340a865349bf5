/// The version of nnc, as its reports name it.
public let nncVersion = "0.1.0"
