// Signs an XML file as a whole with the XML signatures of the Java platform:
// java Sign.java STORE ALIAS METHOD DIGEST REFERENCE TRANSFORM[,TRANSFORM] CANONICAL ENCODING IN OUT
// Beside OUT it writes what was digested (OUT.content) and what was signed (OUT.info).
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;

class Sign {
    public static void main(String[] a) throws Exception {
        char[] word = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance(new File(a[0]), word);
        var key = (PrivateKey) store.getKey(a[1], word);
        var certificate = (X509Certificate) store.getCertificate(a[1]);
        var factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        var document = factory.newDocumentBuilder().parse(new File(a[8]));
        if (document.getDocumentElement().hasAttribute("Id")) document.getDocumentElement().setIdAttribute("Id", true);
        var xml = XMLSignatureFactory.getInstance("DOM");
        List<Transform> transforms = new ArrayList<>();
        for (String one : a[5].split(",")) transforms.add(xml.newTransform(one, (TransformParameterSpec) null));
        Reference reference = xml.newReference(a[4], xml.newDigestMethod(a[3], null), transforms, null, null);
        var canonical = xml.newCanonicalizationMethod(a[6], (C14NMethodParameterSpec) null);
        SignedInfo info = xml.newSignedInfo(canonical, xml.newSignatureMethod(a[2], null), List.of(reference));
        KeyInfoFactory keys = xml.getKeyInfoFactory();
        var name = keys.newKeyName(certificate.getSerialNumber().toString(16));
        var keyInfo = keys.newKeyInfo(List.of(name, keys.newX509Data(List.of(certificate))));
        var context = new DOMSignContext(key, document.getDocumentElement());
        context.setDefaultNamespacePrefix("ds");
        context.setProperty("javax.xml.crypto.dsig.cacheReference", true);
        xml.newXMLSignature(info, keyInfo).sign(context);
        Files.write(Path.of(a[9] + ".content"), reference.getDigestInputStream().readAllBytes());
        Files.write(Path.of(a[9] + ".info"), info.getCanonicalizedData().readAllBytes());
        var writer = TransformerFactory.newInstance().newTransformer();
        writer.setOutputProperty(OutputKeys.ENCODING, a[7]);
        writer.transform(new DOMSource(document), new StreamResult(new File(a[9])));
    }
}
